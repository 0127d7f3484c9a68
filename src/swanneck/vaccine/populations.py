"""How many people of a population have an allele for which an antigen has an epitope."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.vaccine.binding import load_binding_model

__all__ = ["LEAST_TYPED", "cover_populations", "read_frequencies"]

LEAST_TYPED = 0.9
"""The share of copies of a gene whose alleles a study must tell: with less, what is missing looks like no coverage."""

_ALLELE = re.compile(r"(?:HLA-)?([A-Z]+[0-9]?)\*(\d+:\d+)(?::\d+)*[A-Z]?")
_FREQUENCY = ("frequency", "alleles_over_2n")
_MOST = 0.9  # of the people: the PC90 of Bui et al.


def read_frequencies(paths: Iterable[Path]) -> pl.DataFrame:
    """Allele frequencies of populations from tables (tab or comma): population, gene, allele, frequency, people.

    Columns wanted: allele, population, and frequency or alleles_over_2n (0 to 1, as the Allele Frequency Net Database
    exports it: Gonzalez-Galarza et al. 2020, NAR 48:D783; its mark (*) is left out); n, the people typed, where it is
    there. A folder gives all its .tsv and .csv files. Alleles are cut to two fields and added up; lines without a
    frequency, and other genes than A, B and C, are left out. InputError for a file that is not such a table.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "some.csv"
    ...     _ = path.write_text("population,allele,frequency,n\\nHere,A*02:01,0.3,100\\n")
    ...     read_frequencies([path]).rows()
    [('Here', 'A', 'A*02:01', 0.3, 100)]
    """
    files = [file for path in map(Path, paths) for file in (_tables_of(path) if path.is_dir() else [path])]
    tables = [_read_table(file) for file in files]
    if not tables:
        problem = "a table of allele frequencies was wanted and none came"
        raise InputError(problem)
    together = pl.concat(tables).filter(pl.col("gene").is_in(["A", "B", "C"]))
    return together.group_by("population", "gene", "allele").agg(
        pl.col("frequency").sum(), pl.col("people").max()
    ).sort("population", "gene", "allele")  # fmt: skip


def _tables_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".tsv", ".csv"})


def _read_table(path: Path) -> pl.DataFrame:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot read the frequencies {path.name}: {error}"
        raise InputError(problem, where=str(path.parent)) from error
    heads, *lines = text.splitlines() or [""]
    sign = "\t" if "\t" in heads else ","
    names = [name.strip().strip('"').lower() for name in heads.split(sign)]
    frequency = next((name for name in _FREQUENCY if name in names), None)
    if frequency is None or not {"allele", "population"} <= set(names):
        problem = f"columns allele, population and frequency were wanted, {', '.join(names[:6])} came"
        raise InputError(problem, where=str(path))
    table = pl.read_csv("\n".join([sign.join(names), *lines]).encode(), separator=sign, infer_schema=False)
    rows = []
    for number, row in enumerate(table.iter_rows(named=True), start=2):
        if not (row[frequency] or "").strip():
            continue
        match, told = _ALLELE.fullmatch((row["allele"] or "").strip()), _number(row[frequency])
        if match is None or told is None or not 0 <= told <= 1:
            problem = f"an allele such as A*02:01 with a frequency from 0 to 1 was wanted, {row['allele']!r} with "
            problem += f"{row[frequency]!r} came"
            raise InputError(problem, where=f"{path.name}, line {number}")
        people = _number(row.get("n"))
        rows.append(
            (row["population"], match[1], f"{match[1]}*{match[2]}", told, None if people is None else int(people))
        )
    schema = {
        "population": pl.String,
        "gene": pl.String,
        "allele": pl.String,
        "frequency": pl.Float64,
        "people": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _number(text: str | None) -> float | None:
    """A number as the database writes it: 28,927 or 0.0100(*)."""
    try:
        return float((text or "").replace("(*)", "").replace(",", "").strip())
    except ValueError:
        return None


def cover_populations(
    epitopes: pl.DataFrame, frequencies: pl.DataFrame, populations: Sequence[str] = ()
) -> pl.DataFrame:
    """The share of people with an epitope or more, by population, as Bui et al. (2006), BMC Bioinformatics 7:153.

    `epitopes` has a row for each pair of peptide and allele (`find_epitopes`), `frequencies` is of `read_frequencies`.
    A person has two copies of each gene, drawn by frequency (Hardy-Weinberg), genes apart from each other (linkage
    equilibrium): covered = 1 - product over genes of (1 - p)^2, p being the frequency of alleles that have an
    epitope. A hit is a pair of epitope and allele that a person has, counted once where both copies are one allele.
    Alleles without a network, and copies that a study did not tell, have no hits: the coverage is the least. Where
    frequencies of a gene add up to more than 1 they are scaled.

    Columns: population, people, genes, typed (least share told of a gene that counts), known (mean share of copies
    whose allele the network knows), covered, mean_hits, hits_of_90 (what 90 % of people have or more). `populations`
    are parts of names, upper or lower case; none: all with A and B. Genes told to less than `LEAST_TYPED` are left out;
    a population with none is too. InputError where nothing is left.

    >>> here = pl.DataFrame({"population": "Here", "gene": "A", "allele": "A*02:01", "frequency": 1.0, "people": 9})
    >>> found = pl.DataFrame({"peptide": ["GILGFVFTL"], "allele": ["A*02:01"]})
    >>> cover_populations(found, here, ["here"])["covered"].item()
    1.0
    """
    hits = dict(epitopes.unique(["peptide", "allele"]).group_by("allele").len().iter_rows())
    rows = []
    for (name,), table in frequencies.group_by("population", maintain_order=True):
        genes = {gene: sub for (gene,), sub in table.group_by("gene", maintain_order=True)
                 if sub["frequency"].sum() >= LEAST_TYPED}  # fmt: skip
        wanted = (
            any(word.lower() in str(name).lower() for word in populations) if populations else {"A", "B"} <= set(genes)
        )
        if wanted and genes:
            rows.append({"population": name, "people": table["people"].max(), **_cover(genes, hits)})
    if not rows:
        what = f"population called {' or '.join(populations)}" if populations else "population with genes A and B"
        problem = f"no {what} has frequencies that add up to {LEAST_TYPED:.0%} or more"
        raise InputError(problem)
    return pl.DataFrame(rows, schema_overrides={"people": pl.Int64}).sort(
        "covered", "population", descending=[True, False]
    )


def _cover(genes: Mapping[str, pl.DataFrame], hits: Mapping[str, int]) -> dict[str, object]:
    everyone, typed, known = np.ones(1), [], []
    names = set(load_binding_model().alleles)
    for _, table in sorted(genes.items()):
        total = float(table["frequency"].sum())
        shares = {allele: share / max(total, 1.0) for allele, share in table.select("allele", "frequency").iter_rows()}
        typed.append(min(total, 1.0))
        known.append(sum(share for allele, share in shares.items() if allele in names))
        everyone = np.convolve(everyone, _hits_of_gene(shares, hits))
    above = np.cumsum(everyone[::-1])[::-1]
    return {
        "genes": " ".join(sorted(genes)), "typed": min(typed), "known": sum(known) / len(known),
        "covered": max(0.0, float(1.0 - everyone[0])), "mean_hits": float(everyone @ np.arange(everyone.size)),
        "hits_of_90": int(np.flatnonzero(above >= _MOST - 1e-12).max()),
    }  # fmt: skip


def _hits_of_gene(shares: Mapping[str, float], hits: Mapping[str, int]) -> npt.NDArray[np.float64]:
    """The share of people by the hits that their two copies of a gene give."""
    most = max((hits.get(allele, 0) for allele in shares), default=0)
    one = np.zeros(most + 1)
    for allele, share in shares.items():
        one[hits.get(allele, 0)] += share
    one[0] += max(0.0, 1.0 - sum(shares.values()))
    both = np.convolve(one, one)
    for allele, share in shares.items():
        count = hits.get(allele, 0)
        both[2 * count] -= share**2
        both[count] += share**2
    return both
