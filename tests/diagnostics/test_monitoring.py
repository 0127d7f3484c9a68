"""Assays held to genomes: deletions, 3' ends, groups, alarms; and a watch that is stopped and goes on."""

import csv
import json
from importlib import import_module

import numpy as np
import pytest

from swanneck.diagnostics.monitoring.assays import read_assays
from swanneck.diagnostics.monitoring.changes import MonitorSettings
from swanneck.diagnostics.monitoring.examine import examine_genome, make_panel
from swanneck.diagnostics.search.sites import find_sites
from swanneck.folding.duplexes import reverse_complement
from swanneck.foundation.errors import InputError, StorageError
from swanneck.foundation.files import claim_folder
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.workflows import check_assays, watch_assays
from swanneck.workflows.check_assays import CheckSettings

GENOME = "".join(np.random.default_rng(8).choice(list("ACGT"), 1200))
FORWARD, PROBE = GENOME[300:320], GENOME[330:352]
REVERSE = reverse_complement(GENOME[380:400])
TABLE = f"assay,oligo,role,sequence_5to3\nOne,f,F,{FORWARD}\nOne,p,P,{PROBE}\nOne,r,R,{REVERSE}\n"


def write(folder, genomes, name="genomes.fasta"):
    (folder / "assays.csv").write_text(TABLE)
    (folder / name).write_text("".join(f">{key}\n{sequence}\n" for key, sequence in genomes.items()))
    return folder / "assays.csv", folder / name


def change(place, base):
    other = base if GENOME[place] != base else {"A": "C", "C": "G", "G": "T", "T": "A"}[base]
    return GENOME[:place] + other + GENOME[place + 1 :]


def check(folder, genomes, **more):
    return check_assays(*write(folder, {"reference": GENOME} | genomes), **more)


def only(found):
    assert len(found.findings) == 1, found.findings
    return found.findings[0]


@pytest.mark.parametrize(("place", "level", "category"), [
    (318, "alarm", "3' end"), (310, "note", "middle"), (301, "note", "5' end"), (340, "warning", "probe"),
    (331, "note", "probe"), (381, "alarm", "3' end"),
])  # fmt: skip
def test_a_mismatch_is_as_grave_as_its_place(tmp_path, place, level, category):
    finding = only(check(tmp_path, {"a": change(place, "A")}))
    assert (finding.level, finding.category, finding.start) == (level, category, place + 1)
    assert finding.change[1:-1] == str(place + 1)


def test_a_deletion_in_a_probe_is_told_with_its_place(tmp_path):
    finding = only(check(tmp_path, {"a": GENOME[:338] + GENOME[345:], "b": GENOME}))
    assert (finding.category, finding.level, finding.genomes) == ("deletion", "alarm", 1)
    assert finding.end - finding.start == 6
    assert abs(finding.start - 339) <= 2  # equal bases beside a deletion leave its place open


def test_a_primer_whose_3_prime_end_is_deleted_fails(tmp_path):
    finding = only(check(tmp_path, {"a": GENOME[:312] + GENOME[322:]}))
    assert (finding.oligo, finding.category, finding.level) == ("f", "deletion", "alarm")


def test_genomes_on_the_other_strand_are_the_same(tmp_path):
    found = check(tmp_path, {"a": reverse_complement(GENOME[:338] + GENOME[345:])})
    assert (only(found).category, only(found).change) == ("deletion", only(check(tmp_path, {"a": GENOME[:338]
            + GENOME[345:]})).change)  # fmt: skip


def test_missing_sequence_is_unknown_and_not_a_failure(tmp_path):
    found = check(tmp_path, {"a": GENOME[:325] + "N" * 40 + GENOME[365:], "b": GENOME[350:]})
    assert found.findings == ()
    assert (found.coverage["One"]["all"].known, found.coverage["One"]["all"].genomes) == (1, 3)


def test_a_genome_of_another_species_is_left_out(tmp_path):
    other = "".join(np.random.default_rng(9).choice(list("ACGT"), 1200))
    found = check(tmp_path, {"other": other})
    assert found.excluded == {"other": "no oligo has a site: another organism?"}


def test_ambiguous_bases_that_may_pair_are_no_mismatch(tmp_path):
    code = {"A": "R", "C": "Y", "G": "R", "T": "Y"}[GENOME[318]]
    assert check(tmp_path, {"a": GENOME[:318] + code + GENOME[319:]}).findings == ()


def test_a_rare_change_of_a_whole_group_is_found(tmp_path):
    genomes = {f"old{i}": GENOME for i in range(200)} | {f"new{i}": change(318, "A") for i in range(6)}
    (tmp_path / "m.tsv").write_text("strain\tclade\tdate\n" + "".join(f"{n}\t{n[:3]}\t2021-0{1 + (n[:3] == 'new')}-01\n"
                                                                  for n in genomes))  # fmt: skip
    found = only(check(tmp_path, genomes, metadata=tmp_path / "m.tsv"))
    assert (found.worst_group, found.worst_share, found.first_date) == ("new", 1.0, "2021-02-01")
    assert check(tmp_path, genomes).findings == ()


def test_an_inner_primer_is_cut_where_both_halves_match(tmp_path):
    inner = reverse_complement(GENOME[340:362]) + "TTTT" + GENOME[300:320]
    (tmp_path / "lamp.csv").write_text(f"assay,oligo,role,sequence_5to3\nL,fip,FIP,{inner}\n")
    panel = make_panel(read_assays(tmp_path / "lamp.csv"), FastaRecord("g", "", GENOME), [])
    halves = {part.role: part.sequence for part in panel.parts}
    assert halves["F2"] == GENOME[300:320]
    assert halves["F1c"].startswith(inner[:22])  # bases of the linker that pair by chance may be with it
    assert all(one.is_perfect for one in examine_genome(panel, FastaRecord("g", "", GENOME)))


def test_a_watch_looks_only_at_what_is_new_and_tells_an_alarm_once(tmp_path):
    state = tmp_path / "state"
    first = watch_assays(*write(tmp_path, {"reference": GENOME}), state=state)
    assert (first.n_new, first.new_alarms) == (1, ())
    both = write(tmp_path, {"reference": GENOME, "a": change(318, "A")})
    second = watch_assays(*both, state=state)
    assert (second.n_new, [one.oligo for one in second.new_alarms]) == (1, ["f"])
    third = watch_assays(*both, state=state)
    assert (third.n_new, third.new_alarms, third.n_known) == (0, (), 2)
    assert json.loads((state / "result.json").read_text())["alarm"] is True


def test_a_line_left_unfinished_is_examined_again(tmp_path):
    state = tmp_path / "state"
    files = write(tmp_path, {"reference": GENOME, "a": change(318, "A")})
    watch_assays(*files, state=state)
    whole = (state / "genomes.jsonl").read_bytes()
    (state / "genomes.jsonl").write_bytes(whole[:-20])
    run = watch_assays(*files, state=state)
    assert run.n_new == 1
    assert (state / "genomes.jsonl").read_bytes() == whole


class Killed(BaseException):
    """A stop at a moment that nobody chose."""


def test_a_watch_stopped_between_batches_goes_on_and_ends_as_if_never_stopped(tmp_path, monkeypatch):
    def stop(step, done, total):
        raise Killed

    files = write(tmp_path, {"reference": GENOME, "a": change(318, "A"), "b": change(340, "A"), "c": change(302, "A")})
    watch_assays(*files, state=tmp_path / "whole")
    monkeypatch.setattr(import_module("swanneck.workflows.watch_assays"), "_BATCH", 2)
    with pytest.raises(Killed):
        watch_assays(*files, state=tmp_path / "state", progress=stop)
    run = watch_assays(*files, state=tmp_path / "state")
    assert (run.n_new, run.n_known) == (2, 4)
    for name in ("genomes.jsonl", "alarms.jsonl", "coverage.csv", "findings.csv", "result.json"):
        assert (tmp_path / "state" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_an_alarm_that_could_not_be_told_is_told_by_the_next_run(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise Killed

    files = write(tmp_path, {"reference": GENOME, "a": change(318, "A")})
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(import_module("swanneck.workflows.watch_assays"), "report_check", stop)
        watch_assays(*files, state=tmp_path / "state")
    assert [one.oligo for one in watch_assays(*files, state=tmp_path / "state").new_alarms] == ["f"]


def test_two_watches_do_not_write_to_one_state(tmp_path):
    files = write(tmp_path, {"reference": GENOME})
    with claim_folder(tmp_path / "state"), pytest.raises(StorageError, match="another run"):
        watch_assays(*files, state=tmp_path / "state")


def test_a_state_of_other_assays_is_refused(tmp_path):
    files = write(tmp_path, {"reference": GENOME})
    watch_assays(*files, state=tmp_path / "state")
    files[0].write_text(TABLE.replace("One", "Two"))
    with pytest.raises(InputError, match="other assays"):
        watch_assays(*files, state=tmp_path / "state")


@pytest.mark.parametrize(("text", "told"), [
    ("assay,oligo\na,b\n", "lacks: role, sequence_5to3"), ("assay,oligo,role,sequence_5to3\n", "no rows"),
    ("assay,oligo,role,sequence_5to3\na,b,X,ACGTACGT\n", "wanted a role"),
    ("assay,oligo,role,sequence_5to3\na,b,F,ACGTZ\n", "Z in"), ("assay,oligo,role,sequence_5to3\na,b,F,ACG\n", "3 let"),
    ("assay,oligo,role,sequence_5to3\na,b,F,ACGTACGTA\na,b,R,ACGTACGTA\n", "two oligos named"),
], ids=["columns", "rows", "role", "letters", "short", "twice"])  # fmt: skip
def test_what_is_no_table_of_assays_is_told(tmp_path, text, told):
    (tmp_path / "assays.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        read_assays(tmp_path / "assays.csv")


def test_assays_of_another_organism_are_told(tmp_path):
    other = "".join(np.random.default_rng(9).choice(list("ACGT"), 1200))
    with pytest.raises(InputError, match="fits these genomes"):
        check_assays(*write(tmp_path, {"other": other}))


@pytest.fixture(scope="module")
def lineages(shared_data):
    """The published assays on every eighth lineage genome, and one more of each rare clade."""
    folder = shared_data / "genomes"
    with (folder / "sc2_lineages_21L-22F.tsv").open(encoding="utf-8") as stream:
        clade = {row["lineage"]: row["clade"] for row in csv.DictReader(stream, delimiter="\t")}
    records = read_fasta(folder / "sc2_lineages_21L-22F.fasta.xz")
    return [record for i, record in enumerate(records) if i % 8 == 0 or clade[record.name] in ("22A", "22C")], folder


def test_the_known_failures_are_found(lineages, shared_data, tmp_path):
    records, folder = lineages
    (tmp_path / "some.fasta").write_text("".join(f">{one.name}\n{one.sequence}\n" for one in records))
    found = check_assays(
        shared_data / "diagnostics" / "published_assays.csv", tmp_path / "some.fasta",
        metadata=folder / "sc2_lineages_21L-22F.tsv", reference=folder / "NC_045512.fasta",
    )  # fmt: skip
    told = {(one.assay, one.role, one.start, one.end, one.category) for one in found.findings}
    assert {
        ("Yale_del69-70", "P", 21765, 21770, "deletion"), ("SSI_del69-70", "P", 21765, 21770, "insertion"),
        ("Charite_RdRP", "R", 15519, 15519, "middle"), ("Charite_RdRP", "F", 15451, 15451, "3' end"),
        ("ChinaCDC_N", "F", 28881, 28883, "5' end"), ("CDC_N1", "P", 28311, 28311, "probe"),
        ("Charite_E", "F", 26270, 26270, "5' end"), ("LAMP_E1", "F2", 26270, 26270, "3' end"),
        ("WHNIC_N", "R", 28362, 28370, "deletion"), ("NIID_N", "R", 29277, 29277, "middle"),
    } <= told  # fmt: skip
    assert "CDC_N2" not in {one.assay for one in found.alarms}


@pytest.mark.parametrize(("assay", "genome_set", "within"), [
    ("CDC_DENV2", "denv2_full", (1, 20, 56)), ("Lanciotti_ZIKV_835", "zika34", (31, 31, 31)),
])  # fmt: skip
def test_coverage_is_that_of_a_search_of_the_text(shared_data, assay, genome_set, within):
    genomes = shared_data / "genomes" / f"{genome_set}.fasta"
    found = check_assays(shared_data / "diagnostics" / "published_assays.csv", genomes)
    assert found.coverage[assay]["all"].within == within
    with (shared_data / "diagnostics" / "published_assays.csv").open(encoding="utf-8") as stream:
        oligos = [row["sequence_5to3"] for row in csv.DictReader(stream) if row["assay"] == assay]
    sites = find_sites(oligos, read_fasta(genomes))
    plain = sites.mismatches + sites.missing
    assert tuple(int(((plain >= 0) & (plain <= most)).all(axis=0).sum()) for most in range(3)) == within


def test_settings_say_what_is_grave(tmp_path):
    lenient = CheckSettings(three_prime=1)
    assert only(check(tmp_path, {"a": change(318, "A")}, settings=lenient)).level == "note"
    assert MonitorSettings().three_prime == 3
