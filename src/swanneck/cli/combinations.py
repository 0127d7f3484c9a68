"""`swanneck combinations ...`: drugs given together."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows, read_settings, show_progress, show_signed, write_table
from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

_MOST_SHOWN = 20

app = typer.Typer(help="Drugs given together.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Score drugs given together against what each alone lets expect."""


@app.command(
    epilog="Example: swanneck combinations score wells.csv --dose-a conc1 --dose-b conc2 --response inhibition"
)
def score(
    table: Annotated[Path, typer.Argument(help="A table with one row per well: two doses and a response.")],
    *,
    dose_a: Annotated[str, typer.Option(help="The column of the first drug's doses.")] = "dose_a",
    dose_b: Annotated[str, typer.Option(help="The column of the second drug's doses.")] = "dose_b",
    response: Annotated[str, typer.Option(help="The column of responses, in percent.")] = "response",
    drug_a: Annotated[str | None, typer.Option(help="The column of the first drug's name.")] = None,
    drug_b: Annotated[str | None, typer.Option(help="The column of the second drug's name.")] = None,
    block: Annotated[str | None, typer.Option(help="The column that tells combinations apart.")] = None,
    kind: Annotated[str, typer.Option(help="Responses are inhibition or viability.")] = "inhibition",
    baseline: Annotated[str, typer.Option(help="measured (wells without drug) or nominal.")] = "measured",
    resamples: Annotated[int, typer.Option(help="Draws of the bootstrap.", min=20)] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same intervals.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and pictures.")] = None,
) -> None:
    """Score combinations by HSA, Bliss, Loewe and ZIP, with intervals; name what could not be computed, and why."""
    from swanneck.screening.combinations.surfaces import CombinationSettings
    from swanneck.workflows.score_combinations import CombinationColumns, score_combinations

    chosen = {"response": kind, "baseline": baseline, "resamples": resamples, "seed": seed}
    settings = read_settings(CombinationSettings, chosen, {"response": "kind"})
    columns = CombinationColumns(
        dose_a=dose_a, dose_b=dose_b, response=response, drug_a=drug_a, drug_b=drug_b, block=block
    )
    with show_progress() as progress:
        done = score_combinations(table, columns, settings, out=out, progress=progress)
    for line in done.understood:
        typer.echo(line)
    for name, one in done.scores.items():
        typer.echo(f"{name}: effect 0 is {one.surface.baseline:.4g} ({one.surface.baseline_from})")
        for warning in one.warnings:
            typer.echo(f"  {warning}")
        rows = []
        for row in one.summary.iter_rows(named=True):
            if row["mean_score"] is None:
                rows.append([row["reference"], "–", "", "", row["reason"]])
            else:
                shown = [f"{row[key]:+.1f}" for key in ("mean_score", "mean_low", "mean_high", "highest_score")]
                rows.append([row["reference"], *shown])
        print_rows(["", "mean", "low", "high", "highest"], [[*row, "", ""][:5] for row in rows])
        typer.echo(f"  {one.intervals_from}")
    for name, reason in done.refused.items():
        typer.echo(f"{name}: not scored: {reason}")
    if out:
        typer.echo(f"Tables and pictures: {out}")


@app.command(
    epilog="Example: swanneck combinations checkerboard od.csv --dose-a colistin --dose-b rifampicin --growth od600"
)
def checkerboard(
    table: Annotated[Path, typer.Argument(help="A table with one row per well: doses and growth.")],
    *,
    dose_a: Annotated[str, typer.Option(help="The column of the first drug's doses.")] = "dose_a",
    dose_b: Annotated[str, typer.Option(help="The column of the second drug's doses.")] = "dose_b",
    dose_c: Annotated[str | None, typer.Option(help="The column of a third drug's doses.")] = None,
    growth: Annotated[str, typer.Option(help="The column of growth, such as an optical density.")] = "growth",
    drug: Annotated[list[str] | None, typer.Option(help="A column of drugs' names, again for each drug.")] = None,
    block: Annotated[str | None, typer.Option(help="The column that tells combinations apart.")] = None,
    replicate: Annotated[str | None, typer.Option(help="The column of boards, each read on its own.")] = None,
    blank: Annotated[str | None, typer.Option(help="What medium alone reads: a number, or column=value.")] = None,
    share: Annotated[float, typer.Option(help="Growth is more than this share of the control.", min=0, max=1)] = 0.1,
    least: Annotated[float, typer.Option(help="Least growth of the control above the blank.")] = 0.1,
    out: Annotated[Path | None, typer.Option(help="The table to write.")] = None,
) -> None:
    """Read checkerboards of two or three antibiotics: the fractional inhibitory concentration index and its verdict."""
    from swanneck.screening.inhibitory_concentrations import GrowthRule
    from swanneck.workflows.read_checkerboards import CheckerboardColumns, read_checkerboards

    doses = (dose_a, dose_b, *([dose_c] if dose_c else []))
    if drug and len(drug) != len(doses):
        problem = f"--drug names {len(drug)} columns for {len(doses)} drugs"
        raise SettingsError(problem, remedy="Give it once for each drug, in their order")
    columns = CheckerboardColumns(
        doses=doses, growth=growth, drugs=tuple(drug or ()), block=block, replicate=replicate, blank=blank
    )
    done = read_checkerboards(table, columns, rule=GrowthRule(share=share, control_at_least=least))
    for line in done.understood:
        typer.echo(line)
    letters = "abc"[: len(doses)]
    print_rows(["board", *(f"MIC {one}" for one in letters), "FICI", "at", "verdict"], [
        [name, *(show_signed(mic, relation) for mic, relation in zip(board.mic, board.mic_relation, strict=True)),
         show_signed(board.fici, board.relation),
         " + ".join(f"{dose:g}" for dose in board.best_doses or ()) or "–", board.verdict]
        for name, board in done.boards.items()
    ])  # fmt: skip
    for row in done.summary.filter(done.summary["n_boards"] > 1).iter_rows(named=True):
        index = "–" if row["fici"] is None else f"{show_signed(row['fici'], row['relation'])} "
        spread = "" if row["fici"] is None else f"({row['lowest']:g} to {row['highest']:g})"
        typer.echo(
            f"{row['combination']}: {index}{spread}: {row['verdict']} in {row['agree']} of {row['n_boards']} boards"
        )
    for name, reason in done.refused.items():
        typer.echo(f"{name}: not read: {reason}")
    write_table(done.table, out)


@app.command(epilog="Example: swanneck combinations triples wells.csv --response inhibition --out triples.csv")
def triples(
    table: Annotated[Path, typer.Argument(help="A table with one row per well: three doses and a response.")],
    *,
    dose_a: Annotated[str, typer.Option(help="The column of the first drug's doses.")] = "dose_a",
    dose_b: Annotated[str, typer.Option(help="The column of the second drug's doses.")] = "dose_b",
    dose_c: Annotated[str, typer.Option(help="The column of the third drug's doses.")] = "dose_c",
    response: Annotated[str, typer.Option(help="The column of responses, in percent.")] = "response",
    block: Annotated[str | None, typer.Option(help="The column that tells combinations apart.")] = None,
    kind: Annotated[str, typer.Option(help="Responses are inhibition or viability.")] = "inhibition",
    baseline: Annotated[str, typer.Option(help="measured (wells without drug) or nominal.")] = "measured",
    resamples: Annotated[int, typer.Option(help="Draws of the bootstrap.", min=20)] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same intervals.")] = 1,
    out: Annotated[Path | None, typer.Option(help="The table to write.")] = None,
) -> None:
    """Score three drugs together by HSA, Bliss, and what their pairs let expect, with intervals from replicates."""
    from swanneck.screening.combinations.surfaces import CombinationSettings
    from swanneck.screening.combinations.triples import TRIPLE_REFERENCES
    from swanneck.workflows.score_triple_combinations import TripleColumns, score_triple_combinations

    chosen = {"response": kind, "baseline": baseline, "resamples": resamples, "seed": seed}
    settings = read_settings(CombinationSettings, chosen, {"response": "kind"})
    columns = TripleColumns(doses=(dose_a, dose_b, dose_c), response=response, block=block)
    done = score_triple_combinations(table, columns, settings)
    for line in done.understood:
        typer.echo(line)
    rows = [
        [row["combination"], *(f"{row[f'dose_{letter}']:g}" for letter in "abc"), f"{row['effect']:.1f}"]
        + [_with_interval(row, name) for name in TRIPLE_REFERENCES]
        for row in done.table.head(_MOST_SHOWN).iter_rows(named=True)
    ]
    print_rows(["", dose_a, dose_b, dose_c, "effect", *TRIPLE_REFERENCES], rows)
    if done.table.height > _MOST_SHOWN:
        typer.echo(f"... and {done.table.height - _MOST_SHOWN} more; say --out for all")
    for name, reason in done.refused.items():
        typer.echo(f"{name or table}: not scored: {reason}")
    write_table(done.table, out)


def _with_interval(row: dict[str, float | None], name: str) -> str:
    score, low, high = (row[f"{name}_{part}"] for part in ("score", "low", "high"))
    if score is None:
        return "–"
    return f"{score:+.1f}" + ("" if low is None or high is None else f" ({low:+.1f} to {high:+.1f})")
