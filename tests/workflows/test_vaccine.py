"""From files to files: antigens designed, sequences scored, bad input refused with what helps."""

from pathlib import Path

import polars as pl
import pytest

from swanneck.cli.app import app
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.vaccine import DesignSettings
from swanneck.workflows import design_vaccine, make_antigen, score_sequences, trace_front


@pytest.fixture
def antigen(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "antigen.fasta"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_each_protein_of_a_file_gets_a_folder(antigen, tmp_path: Path) -> None:
    text = "".join(f">antigen {k}\nmgkawl{'K' * k}\n" for k in range(10))
    constructs = design_vaccine(antigen(text), tmp_path / "out")
    assert len(constructs) == 10
    assert len(list((tmp_path / "out").glob("*_antigen/construct.gb"))) == 10


@pytest.mark.parametrize(("text", "words"), [
    ("", "empty"), (">a\n", "no letters"), (">a\nMK*KM\n", "stop inside.*residue 3"), (">a\nMKXM\n", "'X'"),
    (">a\nATGGGCAAGGCC\n", "nucleotides.*score"), (">a\nMK-LM\n", "'-'"), (">a\nMBZ\n", "'B'"),
], ids=["empty", "no letters", "stop", "unknown", "DNA", "gap", "ambiguous"])  # fmt: skip
def test_what_is_no_antigen_is_refused_with_its_place(antigen, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        design_vaccine(antigen(text), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_residue_and_a_stop_at_the_end_are_fine(antigen, tmp_path: Path) -> None:
    assert design_vaccine(antigen(">a\nM*\n"), tmp_path / "out")[0].design.rna == "AUG"


def test_a_protein_too_long_is_refused_before_the_work(antigen, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\d GB and \d+ minutes.*longest_span"):
        design_vaccine(antigen(">long\n" + "MKAGS" * 1000 + "\n"), tmp_path / "out")


def test_scores_are_written_as_a_table(antigen, tmp_path: Path) -> None:
    path = antigen(">one\nATGGGCAAGGCC\n>two\nGGACCAUGAAAUGACC\n")
    scores = score_sequences(path, out=tmp_path / "scores.csv")
    assert scores["name"].to_list() == ["one", "two"]
    assert pl.read_csv(tmp_path / "scores.csv")["length"].to_list() == [12, 16]


def run(*words: str) -> None:
    app(args=["vaccine", *words], prog_name="swanneck", standalone_mode=False)


def test_the_commands_say_what_came_out(antigen, tmp_path: Path, capsys) -> None:
    run("design", str(antigen(">small\nMGKAW\n")), "--out", str(tmp_path / "out"), "--avoid", "BsaI")
    assert "12 of 12" in capsys.readouterr().out
    run("score", str(tmp_path / "out" / "construct.fasta"))
    assert "small_transcript" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["-1", "1e9", "nan"])
def test_a_weight_without_meaning_is_refused(antigen, value: str) -> None:
    with pytest.raises(SettingsError, match="--lambda"):
        run("design", str(antigen(">a\nMK\n")), "--lambda", value)


def test_a_front_goes_on_where_it_ended_and_shows_what_is_compared(antigen, tmp_path: Path) -> None:
    protein = antigen(">a\nMGKALLRSWDERTPG\n")
    given = tmp_path / "given.fasta"
    given.write_text(">vaccine\nGGGACCATGGGCAAGGCCCTGCTGCGGAGCTGGGACGAGCGGACCCCCGGCTGACC\n", encoding="utf-8")
    first = trace_front(protein, tmp_path / "front", points=3)
    more = trace_front(protein, tmp_path / "front", points=5, reference=given)
    assert set(first.points) <= set(more.points)
    assert "vaccine" in (tmp_path / "front" / "report.html").read_text(encoding="utf-8")
    assert pl.read_csv(tmp_path / "front" / "front.csv").height == len(more.points)


def test_a_sequence_of_another_protein_is_not_compared(antigen, tmp_path: Path) -> None:
    other = tmp_path / "other.fasta"
    other.write_text(">other\nATGAAATGA\n", encoding="utf-8")
    with pytest.raises(InputError, match="none of the reference sequences"):
        trace_front(antigen(">a\nMGKA\n"), tmp_path / "front", reference=other)


def test_proofs_of_an_earlier_run_are_kept(antigen, tmp_path: Path, monkeypatch) -> None:
    protein = antigen(">a\nMGKALW\n")
    first = trace_front(protein, tmp_path / "front", points=30)
    assert first.is_complete
    monkeypatch.setattr("swanneck.vaccine.pareto.design_coding_sequence", None)  # nothing is designed again
    assert trace_front(protein, tmp_path / "front", points=30) == first
    more = DesignSettings(memory_gigabytes=3.0)  # changes what may be done, not what comes out
    assert trace_front(protein, tmp_path / "front", more, points=30) == first


def test_a_damaged_line_is_named(antigen, tmp_path: Path) -> None:
    protein = antigen(">a\nMGKALW\n")
    trace_front(protein, tmp_path / "front", points=2)
    store = tmp_path / "front" / "points.jsonl"
    store.write_text(store.read_text(encoding="utf-8") + '{"key": \n', encoding="utf-8")
    with pytest.raises(InputError, match=r"damaged.*line \d"):
        trace_front(protein, tmp_path / "front", points=2)


def test_one_protein_has_a_front_and_several_have_none(antigen, tmp_path: Path) -> None:
    assert len(trace_front(antigen(">a\nM\n"), tmp_path / "front").points) == 1
    with pytest.raises(InputError, match="one protein was wanted"):
        trace_front(antigen(">a\nMK\n>b\nMK\n"), tmp_path / "front")


def test_what_takes_too_much_memory_is_not_scored(antigen, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"scoring 14000 bases takes about 2\.4 GB"):
        score_sequences(antigen(">long\n" + "ACGU" * 3500 + "\n"))
    rules = DesignSettings(longest_span=40, memory_gigabytes=0.001)  # enough to design, not to score
    design_vaccine(antigen(">a\n" + "MKAGSTELRW" * 10 + "\n"), tmp_path / "out", design_settings=rules)
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize(("text", "words"), [(">a\nATGGGCAAGGCC\n", "nucleotides"), (">b\nMK*KM\n", "b, residue 3")],
                         ids=["DNA", "stop"])  # fmt: skip
def test_variants_that_are_no_proteins_are_refused(antigen, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_antigen(antigen(text), tmp_path / "made.fasta")
