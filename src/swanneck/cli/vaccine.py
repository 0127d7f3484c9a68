"""`swanneck vaccine ...`: constructs designed and sequences scored."""

from collections.abc import Callable
from math import isinf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from swanneck.cli.console import print_rows, show_progress
from swanneck.foundation.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from swanneck.vaccine.coding_design import CodingDesign

    _Model = TypeVar("_Model", bound=BaseModel)

__all__ = ["app"]

_FAST_LOOP, _EXACT_LOOP = 12, 30  # unpaired bases of interior loops
_MOST_SHOWN = 20  # populations in the terminal
_OPTIONS = {
    "alleles": "allele", "lengths": "length", "longest_span": "span", "memory_gigabytes": "memory", "most_rank": "rank",
    "uridine_cost": "uridine",
}  # fmt: skip
"""Settings whose options have another name."""

app = typer.Typer(help="Design mRNA vaccine constructs and score sequences.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Design mRNA vaccine constructs and score sequences."""


def _validate(model: "Callable[..., _Model]", chosen: dict[str, Any]) -> "_Model":
    from pydantic import ValidationError

    try:
        return model(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(
            f"--{_OPTIONS.get(str(part), str(part).rstrip('_')).replace('_', '-')}" for part in first["loc"]
        )
        problem = f"{name}: {first['msg']}".removeprefix(": ").replace("Value error, ", "")
        raise SettingsError(problem) from error


@app.command(epilog="Example: swanneck vaccine design antigen.fasta --lambda 4 --avoid BsaI --out construct")
def design(
    antigen: Annotated[Path, typer.Argument(help="The antigen's protein sequence as FASTA.")],
    *,
    lambda_: Annotated[float, typer.Option("--lambda", help="kcal/mol per unit of codon adaptation; 0: energy.")] = 4.0,
    avoid: Annotated[list[str] | None, typer.Option(help="A motif or enzyme to avoid; may be repeated.")] = None,
    longest_run: Annotated[int | None, typer.Option(help="The most equal bases in a row.")] = None,
    longest_stem: Annotated[int | None, typer.Option(help="The most pairs in a row; the gap is reported.")] = None,
    open_start: Annotated[int, typer.Option(help="First bases of the coding sequence that do not pair.")] = 0,
    uridine: Annotated[float, typer.Option(help="kcal/mol that each U costs.")] = 0.0,
    gc_low: Annotated[float | None, typer.Option(help="The least share of G and C in a window; gap reported.")] = None,
    gc_high: Annotated[float | None, typer.Option(help="The largest one.")] = None,
    gc_window: Annotated[int, typer.Option(help="Bases of a window.")] = 50,
    codon_pairs: Annotated[
        Path | None, typer.Option(help="CSV of codon pairs: first, second, and score or count.")
    ] = None,
    codon_pair_cost: Annotated[
        float | None, typer.Option(help="kcal/mol per unit of score below the best pair. 1 with --codon-pairs.")
    ] = None,
    fold_flanks: Annotated[bool, typer.Option("--fold-flanks", help="Let the UTRs' pairing count.")] = False,
    signal: Annotated[
        str | None, typer.Option(help="A signal peptide to put in front: tPA, IL2, IgE or its own.")
    ] = None,
    five_prime: Annotated[str, typer.Option(help="The 5' UTR: a name or a sequence.")] = "hba-kozak",
    three_prime: Annotated[str, typer.Option(help="The 3' UTR: a name or a sequence.")] = "AES-mtRNR1",
    poly_a: Annotated[str, typer.Option(help="The tail: a name or a sequence.")] = "A30-L-A70",
    codons: Annotated[str, typer.Option(help="human, mouse, e-coli, or a CSV file.")] = "human",
    fast: Annotated[bool, typer.Option("--fast", help="Search long interior loops as one; with a proved gap.")] = False,
    span: Annotated[int | None, typer.Option(help="Pairs over at most so many bases: less memory; not proved.")] = None,
    memory: Annotated[float, typer.Option(help="Gigabytes that a design may take.")] = 2.0,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("construct"),
) -> None:
    """Design the construct of an antigen: the best coding sequence, proved, between cap, UTRs and tail."""
    from swanneck.vaccine.coding_design import DesignSettings
    from swanneck.vaccine.construct import ConstructSettings
    from swanneck.workflows.design_vaccine import design_vaccine

    chosen = _validate(DesignSettings, {
        "lambda_": lambda_, "avoid": tuple(avoid or ()), "longest_run": longest_run,
        "longest_stem": longest_stem, "open_start": open_start,
        "uridine_cost": uridine, "longest_span": span, "longest_loop": _FAST_LOOP if fast else _EXACT_LOOP,
        "memory_gigabytes": memory, "gc_low": gc_low, "gc_high": gc_high, "gc_window": gc_window,
        "codon_pair_cost": codon_pair_cost if codon_pair_cost is not None else float(codon_pairs is not None),
    })  # fmt: skip
    parts = _validate(ConstructSettings, {
        "signal_peptide": signal, "five_prime_utr": five_prime, "three_prime_utr": three_prime, "poly_a": poly_a,
        "fold_flanks": fold_flanks,
    })  # fmt: skip
    with show_progress() as progress:
        constructs = design_vaccine(
            antigen, out, parts, chosen, codons=codons, codon_pairs=codon_pairs, progress=progress
        )
    rows = []
    for one in constructs:
        passed = sum(check.passed for check in one.checks)
        rows.append([
            one.name, str(len(one.protein)), f"{one.design.energy:.1f}", f"{one.design.cai:.3f}",
            f"{one.design.objective:.2f}", _proof(one.design),
            f"{passed} of {len(one.checks)}",
        ])  # fmt: skip
    print_rows(["construct", "residues", "energy", "CAI", "objective", "optimal", "checks passed"], rows)
    typer.echo(f"Written to {out}")


def _proof(design: "CodingDesign") -> str:
    if design.is_optimal:
        return "yes"
    if isinf(design.gap):
        return "not proved"
    return f"within {design.gap:.2f} ({design.gap / max(abs(design.objective), design.gap):.2%})"


@app.command(epilog="Example: swanneck vaccine pareto antigen.fasta --points 20 --out front")
def pareto(
    antigen: Annotated[Path, typer.Argument(help="The antigen's protein sequence as FASTA.")],
    *,
    points: Annotated[int, typer.Option(help="Designs to find; fewer if there are no more.")] = 20,
    reference: Annotated[
        Path | None, typer.Option(help="FASTA of RNA or DNA whose coding sequences of the antigen are shown too.")
    ] = None,
    avoid: Annotated[list[str] | None, typer.Option(help="A motif or enzyme to avoid; may be repeated.")] = None,
    longest_run: Annotated[int | None, typer.Option(help="The most equal bases in a row.")] = None,
    codons: Annotated[str, typer.Option(help="human, mouse, e-coli, or a CSV file.")] = "human",
    memory: Annotated[float, typer.Option(help="Gigabytes that a design may take; two run at once.")] = 2.0,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("front"),
) -> None:
    """Trace the exact trade-off of folding energy against codon adaptation; the same call again goes on."""
    from swanneck.vaccine.coding_design import DesignSettings
    from swanneck.workflows.trace_front import trace_front

    rules = {"avoid": tuple(avoid or ()), "longest_run": longest_run, "memory_gigabytes": memory}
    chosen = _validate(DesignSettings, rules)
    with show_progress() as progress:
        front = trace_front(antigen, out, chosen, points=points, reference=reference, codons=codons, progress=progress)
    rows = []
    for number, one in enumerate(front.points):
        low, high = front.interval(number)
        rows.append([f"{one.lambda_:.4g}", f"{low:.4g} to {high:.4g}", f"{one.energy:.1f}", f"{one.cai:.4f}"])
    print_rows(["lambda", "optimal at", "energy", "CAI"], rows)
    typer.echo("These are all." if front.is_complete else "There may be more between them: ask for more --points")
    typer.echo(f"Written to {out}")


@app.command(epilog="Example: swanneck vaccine antigen aligned.fasta --method mosaic --count 2 --out antigen.fasta")
def antigen(
    variants: Annotated[Path, typer.Argument(help="Proteins as FASTA; aligned for consensus and mosaic.")],
    *,
    method: Annotated[str, typer.Option(help="first, consensus or mosaic.")] = "first",
    count: Annotated[int, typer.Option(help="Mosaics that complete each other.")] = 1,
    size: Annotated[int, typer.Option(help="Residues of the k-mers to cover.")] = 9,
    edit: Annotated[list[str] | None, typer.Option(help="K986P, or 2P, HexaPro, furin-GSAS; may be repeated.")] = None,
    out: Annotated[Path, typer.Option(help="The FASTA file to write.")] = Path("antigen.fasta"),
) -> None:
    """Make an antigen of one protein or of many variants, and say what it covers and has."""
    from swanneck.sequences.fasta import read_fasta
    from swanneck.vaccine.antigen import find_segments, find_sequons
    from swanneck.vaccine.epitopes import find_epitopes
    from swanneck.workflows.make_antigen import make_antigen

    covered = make_antigen(variants, out, method=method, count=count, size=size, edits=tuple(edit or ()))
    rows = []
    for record in read_fasta(out):
        segments = ", ".join(f"{one.kind} {one.start}-{one.end}" for one in find_segments(record.sequence))
        sequons = str(len(find_sequons(record.sequence)))
        pairs = str(find_epitopes(record.sequence).height)
        covers = f"{covered[record.name]:.3f}"
        rows.append([record.name, str(len(record.sequence)), covers, sequons, pairs, segments or "-"])
    print_rows(["antigen", "residues", "k-mers covered", "sequons", "epitopes", "segments"], rows)
    typer.echo(f"Written to {out}")


@app.command(
    epilog="Example: swanneck vaccine epitopes antigen.fasta --frequencies afnd --population Korea --out epitopes"
)
def epitopes(
    antigen: Annotated[Path, typer.Argument(help="The antigen's protein sequence as FASTA; several are told apart.")],
    *,
    frequencies: Annotated[
        list[Path] | None, typer.Option(help="Table of allele frequencies, or a folder; may be repeated.")
    ] = None,
    population: Annotated[list[str] | None, typer.Option(help="Part of a population's name; may be repeated.")] = None,
    proteome: Annotated[Path | None, typer.Option(help="FASTA of human proteins: epitopes that are in it.")] = None,
    allele: Annotated[list[str] | None, typer.Option(help="An allele such as A*02:01; may be repeated.")] = None,
    length: Annotated[list[int] | None, typer.Option(help="Residues, 8 to 11; may be repeated. 9 and 10.")] = None,
    rank: Annotated[float, typer.Option(help="Percent of random peptides that bind better, at most.")] = 0.5,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("epitopes"),
) -> None:
    """Predict class I T-cell epitopes of an antigen, and the people of populations whom they cover."""
    from swanneck.vaccine.epitopes import EpitopeSettings
    from swanneck.workflows.map_epitopes import map_epitopes

    if population and not frequencies:
        problem = "--population asks for coverage, and no table of allele frequencies came"
        raise SettingsError(problem, remedy="Give one with --frequencies")
    chosen = _validate(EpitopeSettings, {
        "alleles": tuple(allele or ()), "most_rank": rank, **({"lengths": tuple(length)} if length else {}),
    })  # fmt: skip
    with show_progress() as progress:
        mapped = map_epitopes(antigen, out, chosen, frequencies=frequencies or (), populations=population or (),
                              proteome=proteome, progress=progress)  # fmt: skip
    rows = [[name, str(peptides), str(pairs)] for name, peptides, pairs in mapped.count_by_antigen()]
    print_rows(["antigen", "peptides", "with alleles"], rows)
    if mapped.coverage is not None:
        shown = mapped.coverage.head(_MOST_SHOWN).iter_rows(named=True)
        rows = [[one["antigen"], one["population"], f"{one['covered']:.3f}", f"{one['mean_hits']:.1f}",
                 str(one["hits_of_90"])] for one in shown]  # fmt: skip
        print_rows(["antigen", "population", "covered", "mean hits", "hits of 90 %"], rows)
        if mapped.coverage.height > _MOST_SHOWN:
            typer.echo(f"and {mapped.coverage.height - _MOST_SHOWN} more in coverage.csv")
    typer.echo(f"Written to {out}")


@app.command(epilog="Example: swanneck vaccine score sequences.fasta --out scores.csv")
def score(
    sequences: Annotated[Path, typer.Argument(help="RNA or DNA sequences as FASTA.")],
    *,
    codons: Annotated[str, typer.Option(help="human, mouse, e-coli, or a CSV file.")] = "human",
    memory: Annotated[float, typer.Option(help="Gigabytes that a sequence may take.")] = 2.0,
    out: Annotated[Path | None, typer.Option(help="A CSV file to write.")] = None,
) -> None:
    """Score sequences as they are: energy, codon adaptation, unpaired bases, composition, motifs."""
    from swanneck.workflows.score_sequences import score_sequences

    with show_progress() as progress:
        scores = score_sequences(sequences, codons=codons, out=out, memory_gigabytes=memory, progress=progress)
    columns = {
        "energy": ".1f",
        "cai": ".3f",
        "aup": ".3f",
        "hydrolysis": ".1f",
        "degradation": ".2f",
        "gc": ".3f",
        "uridine": ".3f",
        "longest_run": "d",
    }
    rows = []
    for row in scores.iter_rows(named=True):
        figures = ["-" if row[name] is None else format(row[name], style) for name, style in columns.items()]
        rows.append([row["name"], str(row["length"]), *figures, row["motifs"] or "-"])
    print_rows(["name", "bases", "energy", "CAI", "AUP", "hydrolysis", "degradation", "GC", "U", "run", "motifs"], rows)
    if out is not None:
        typer.echo(f"Table: {out}")
