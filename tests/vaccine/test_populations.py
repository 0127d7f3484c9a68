"""Coverage of populations: equal to counting every genotype, and tables of frequencies read or refused."""

from itertools import product
from pathlib import Path

import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.vaccine import cover_populations, find_epitopes, read_frequencies

HERE = [
    ("A*02:01", 0.3), ("A*24:02", 0.5), ("A*33:03", 0.2),
    ("B*07:02", 0.6), ("B*51:01", 0.35),
    ("C*07:02", 0.4),
]  # fmt: skip


def frequencies(rows: list[tuple[str, float]], population: str = "Here") -> pl.DataFrame:
    columns = [{"population": population, "gene": allele[0], "allele": allele, "frequency": share, "people": 100}
               for allele, share in rows]  # fmt: skip
    return pl.DataFrame(columns)


def epitopes(hits: dict[str, int]) -> pl.DataFrame:
    pairs = [(f"PEPTIDE{k:02d}", allele) for allele, count in hits.items() for k in range(count)]
    return pl.DataFrame(pairs, schema=["peptide", "allele"], orient="row")


def count_people(genes: list[list[tuple[str, float]]], hits: dict[str, int]) -> dict[int, float]:
    """By hand: the share of people by their hits, over every genotype."""
    people: dict[int, float] = {}
    options = [[*gene, ("other", 1 - sum(share for _, share in gene))] for gene in genes]
    for copies in product(*[one for gene in options for one in (gene, gene)]):
        share = 1.0
        for _, frequency in copies:
            share *= frequency
        pairs = zip(copies[::2], copies[1::2], strict=True)
        total = sum(hits.get(name, 0) for one, other in pairs for name in {one[0], other[0]})
        people[total] = people.get(total, 0.0) + share
    return people


def test_coverage_is_that_of_all_genotypes() -> None:
    hits = {"A*02:01": 3, "A*24:02": 1, "B*51:01": 2, "C*07:02": 50}
    row = cover_populations(epitopes(hits), frequencies(HERE)).row(0, named=True)
    # Gene C tells 40 % of the copies only: it does not count.
    people = count_people([HERE[:3], HERE[3:5]], hits)
    assert row["covered"] == pytest.approx(1 - people[0])
    assert row["mean_hits"] == pytest.approx(sum(count * share for count, share in people.items()))
    most = max(n for n in range(12) if sum(share for count, share in people.items() if count >= n) >= 0.9)
    assert row["hits_of_90"] == most
    assert (row["genes"], row["typed"], row["people"]) == ("A B", pytest.approx(0.95), 100)
    assert row["known"] == pytest.approx((0.8 + 0.95) / 2)


def test_coverage_is_the_formula_of_bui() -> None:
    row = cover_populations(epitopes({"A*02:01": 1, "B*07:02": 1}), frequencies(HERE)).row(0, named=True)
    assert row["covered"] == pytest.approx(1 - (1 - 0.3) ** 2 * (1 - 0.6) ** 2)


def test_no_epitope_covers_nobody_and_more_epitopes_never_cover_fewer() -> None:
    assert cover_populations(epitopes({}), frequencies(HERE))["covered"].item() == pytest.approx(0)
    some = cover_populations(epitopes({"A*02:01": 1}), frequencies(HERE))["covered"].item()
    assert cover_populations(epitopes({"A*02:01": 1, "A*24:02": 1}), frequencies(HERE))["covered"].item() > some


def test_frequencies_that_add_up_to_more_than_all_are_scaled() -> None:
    table = frequencies([("A*02:01", 0.9), ("A*24:02", 0.6), ("B*07:02", 1.0)])
    assert cover_populations(epitopes({"A*02:01": 1}), table)["covered"].item() == pytest.approx(1 - 0.4**2)


def test_populations_are_chosen_by_parts_of_their_names() -> None:
    table = pl.concat([frequencies(HERE, "South Korea pop 3"), frequencies(HERE, "Japan")])
    assert cover_populations(epitopes({}), table, ["korea"])["population"].to_list() == ["South Korea pop 3"]
    with pytest.raises(InputError, match="Atlantis"):
        cover_populations(epitopes({}), table, ["Atlantis"])


def test_a_table_of_the_database_is_read(tmp_path: Path) -> None:
    head = "allele\tpopulation\tindivs_over_n\talleles_over_2n\tn\n"
    lines = "A*02:01:01\tHere\t1.6(*)\t0.0100(*)\t28,927\nA*02:01\tHere\t\t0.2\t5\n"
    lines += "DRB1*01:01\tHere\t\t0.5\t5\nB*07:02\tHere\t4.0\t\t5\n"  # another gene, and no frequency
    (tmp_path / "a.tsv").write_text(head + lines, encoding="utf-8")
    assert read_frequencies([tmp_path]).rows() == [("Here", "A", "A*02:01", pytest.approx(0.21), 28927)]


@pytest.mark.parametrize(("text", "words"), [
    ("", "columns allele"), ("allele,x\n", "columns allele"),
    ("allele,population,frequency\nA2,Here,0.5\n", "A2.*line 2"),
    ("allele,population,frequency\nA*02:01,Here,1.5\n", "from 0 to 1"),
    ("allele,population,frequency\nA*02:01,Here,some\n", "some"),
], ids=["empty", "columns", "allele", "more than 1", "no number"])  # fmt: skip
def test_what_is_no_table_of_frequencies_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_frequencies([tmp_path / "a.csv"])


def test_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read.*none\.tsv"):
        read_frequencies([tmp_path / "none.tsv"])
    with pytest.raises(InputError, match="none came"):
        read_frequencies([tmp_path])


def test_koreans_are_covered_by_a_spike_of_coronavirus(shared_data: Path) -> None:
    from swanneck.sequences.fasta import read_fasta

    spike = next(one for one in read_fasta(shared_data / "mrna" / "proteins.fasta") if "spike_2P" in one.name)
    table = read_frequencies([shared_data / "mrna" / "hla" / f"afnd_{gene}.tsv" for gene in "ABC"])
    covered = cover_populations(find_epitopes(spike.sequence), table, ["korea"])
    assert covered.height >= 3 and covered["covered"].min() > 0.95
