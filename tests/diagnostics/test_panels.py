"""Assays beyond one target: panels, segments, several files together, mutations; and other people's assays."""

import csv
import json

import numpy as np
import pytest

from swanneck.diagnostics.design.alleles import AlleleSettings, destabilise
from swanneck.diagnostics.design.judge import judge_assay, kind_of
from swanneck.diagnostics.design.mutations import genes_of, locate_mutation, read_genes
from swanneck.diagnostics.design.panels import choose_panel
from swanneck.diagnostics.design.qpcr import QpcrSettings
from swanneck.diagnostics.design.stacking import stack_genomes
from swanneck.diagnostics.monitoring.assays import Assay, Oligo, read_assays
from swanneck.diagnostics.search.amplicons import Reaction, expand_oligo, predict_products
from swanneck.diagnostics.search.sites import find_sites
from swanneck.folding.duplexes import reverse_complement
from swanneck.folding.pairing.dimers import measure_dimers
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.workflows import amplify_assays, design_alleles, design_assays, design_panel, judge_assays
from swanneck.workflows.design_panel import name_targets
from swanneck.workflows.genome_source import GenomeSource


def random_genome(seed, size=1200):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size))


def changed(sequence, rate, seed):
    rng = np.random.default_rng(seed)
    letters = np.array(list(sequence))
    hit = rng.random(letters.size) < rate
    letters[hit] = rng.choice(list("ACGT"), hit.sum())
    return "".join(letters)


GENOME = random_genome(1)


@pytest.fixture
def influenza(tmp_path):
    """Ten isolates of three segments in one file, headed as databases do."""
    roots = {"HA": random_genome(11), "NA": random_genome(12), "M": random_genome(13, 800)}
    lines = [f">A/place/{i}/2020|{segment}|4.1\n{changed(root, 0.02, 7 * i + len(segment))}"
             for i in range(10) for segment, root in roots.items()]  # fmt: skip
    (tmp_path / "flu.fasta").write_text("\n".join(lines) + "\n")
    return tmp_path / "flu.fasta"


def test_a_segment_is_designed_for_by_its_name(influenza):
    run = design_assays(GenomeSource(influenza, segment="M"))
    assert run.n_genomes == 10 and run.reference_length == 800


def test_several_segments_make_a_panel_that_leaves_each_other_alone(influenza, tmp_path):
    run = design_panel(name_targets([influenza], ["HA", "NA", "M"]), out=tmp_path / "panel")
    assert list(run.panel.designs) == ["HA", "NA", "M"] and run.panel.proven
    words = {name: [oligo.sequence for oligo in one.oligos] for name, one in run.panel.designs.items()}
    stablest = min(float(measure_dimers(words[a], words[b], None, QpcrSettings().conditions).free_energy().min())
                   for a, b in (("HA", "NA"), ("HA", "M"), ("NA", "M")))  # fmt: skip
    assert stablest == pytest.approx(run.panel.stablest)
    assert {assay.name.split("_")[0] for assay in read_assays(tmp_path / "panel" / "designs.csv")} == {"HA", "NA", "M"}
    assert "assays for one tube" in (tmp_path / "panel" / "report.html").read_text()


def test_no_other_choice_for_a_panel_costs_less(influenza):
    runs = design_panel(name_targets([influenza], ["HA", "NA", "M"])).runs
    strict = QpcrSettings(lowest_dimer=-4.0)
    pools = {name: run.designs[:5] for name, run in runs.items()}
    panel = choose_panel(pools, strict)
    costs = []
    for some in np.ndindex(*(len(pool) for pool in pools.values())):
        chosen = [pool[i] for pool, i in zip(pools.values(), some, strict=True)]
        cost = sum(one.cost for one in chosen)
        for i, one in enumerate(chosen):
            for two in chosen[:i]:
                energy = measure_dimers([o.sequence for o in one.oligos], [o.sequence for o in two.oligos], None,
                                        strict.conditions).free_energy()  # fmt: skip
                cost += np.maximum(0, strict.lowest_dimer - energy).sum()
        costs.append(cost)
    assert panel.cost == pytest.approx(min(costs)) and panel.cross_dimers > 0


@pytest.mark.parametrize(("files", "segments", "told"), [
    (["a.fasta"], [], "two targets or more"), (["a.fasta", "b.fasta"], ["HA"], "one file"),
    (["a.fasta", "x/a.fasta"], [], "one name"),
])  # fmt: skip
def test_what_is_no_panel_is_told(files, segments, told):
    with pytest.raises(InputError, match=told):
        design_panel(name_targets(files, segments))


def test_files_given_together_count_the_same_and_are_told_apart(tmp_path):
    far = changed(GENOME, 0.3, 5)
    for name, sequence, number in (("one", GENOME, 9), ("two", far, 1)):
        lines = [f">{name}{i}\n{changed(sequence, 0.01, i)}" for i in range(number)]
        (tmp_path / f"{name}.fasta").write_text("\n".join(lines) + "\n")
    source = GenomeSource((tmp_path / "one.fasta", tmp_path / "two.fasta"))
    run = design_assays(source, settings=QpcrSettings(degenerate=16, mismatches=3, number=1))
    assert run.n_genomes == 10 and run.weights["two0"] == pytest.approx(0.5)
    assert run.designs[0].facts["reached in two.fasta"].endswith("of 1")


def test_a_mutation_is_found_by_gene_and_by_place():
    reference = FastaRecord("r", "", "CC" + "ATGAATCCC" + GENOME)
    mutant = FastaRecord("m", "", "CC" + "ATGTATCCC" + GENOME)
    stack = stack_genomes(reference, [reference, mutant, mutant])
    for name in ("G:N2Y", "g:n2y", "A6T"):
        found = locate_mutation(name, reference, stack, {"G": (3, 11)})
        assert (found.position, found.old, found.new, found.carriers, found.known) == (6, "A", "T", 2, 3)


@pytest.mark.parametrize(("name", "told"), [
    ("G:K2Y", "wants K as amino acid 2 of G, and the reference has N"), ("X:N2Y", "known are G"),
    ("C6T", "wants C at 6"),
    ("A99999T", "has nothing there"), ("N501Y", "names no mutation"), ("A6A", "changes nothing"), ("G:N2B", "no amino"),
    ("G:N0Y", "wants N as amino acid 0"), ("A0T", "wants A at 0"),
])  # fmt: skip
def test_a_mutation_that_cannot_be_is_told(name, told):
    reference = FastaRecord("r", "", "CC" + "ATGAATCCC" + GENOME)
    stack = stack_genomes(reference, [reference])
    with pytest.raises(InputError, match=told):
        locate_mutation(name, reference, stack, {"G": (3, 11)})


def test_genes_are_read_from_gff_and_tables(tmp_path):
    rows = ["##gff-version 3", "r\tx\tCDS\t3\t11\t.\t+\t0\tID=c1;gene=rpoB", "r\tx\tCDS\t30\t50\t.\t-\t0\tgene=back"]
    (tmp_path / "g.gff3").write_text("\n".join(rows) + "\n")
    (tmp_path / "g.csv").write_text("gene,start,end\nrpoB,3,11\n")
    assert read_genes(tmp_path / "g.gff3") == read_genes(tmp_path / "g.csv") == {"RPOB": (3, 11)}
    assert genes_of("MN908947.3")["N"] == (28274, 29533) and genes_of("other") == {}
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="found none"):
        read_genes(tmp_path / "bad.csv")


def with_base(base):
    return GENOME[:599] + base + GENOME[600:]


OLD = GENOME[599]
NEW = {"A": "G", "G": "A", "C": "T", "T": "C"}[OLD]


@pytest.mark.parametrize("tell_by", ["probe", "primer"])
def test_two_oligos_tell_the_alleles_and_the_others_leave_the_mutation_alone(tmp_path, tell_by):
    (tmp_path / "g.fasta").write_text(f">wild\n{GENOME}\n>mutant\n{with_base(NEW)}\n")
    (tmp_path / "r.fasta").write_text(f">reference\n{GENOME}\n")
    source = GenomeSource(tmp_path / "g.fasta", reference=tmp_path / "r.fasta")
    run = design_alleles(source, f"{OLD}600{NEW}", settings=AlleleSettings(tell_by=tell_by), out=tmp_path / "out")
    assert run.mutation.carriers == 1
    assays = {assay.name: assay for assay in read_assays(tmp_path / "out" / "designs.csv")}
    extra = int(tell_by == "primer")
    genomes = [FastaRecord("wild", "", GENOME), FastaRecord("mutant", "", with_base(NEW))]
    for name, assay in assays.items():
        found = find_sites([oligo.sequence for oligo in assay.oligos], genomes).mismatches.sum(axis=0).tolist()
        assert found == ([1 + extra, extra] if name.endswith("_mutant") else [extra, 1 + extra])
    assert len(assays) == 2 * len(run.designs)
    for design in run.designs if tell_by == "primer" else []:
        own = next(oligo for oligo in design.oligos if oligo.role in ("F_wild", "R_wild"))
        assert 600 == (own.end if own.role == "F_wild" else own.start)


def test_the_extra_mismatch_lies_beside_the_end_and_pairs_with_neither():
    for word, end in (("ACGTACGTA", "G"), ("ACGTACGTC", "G"), ("ACGTACGGT", "A")):
        other = destabilise(word, end)
        assert [i for i in range(9) if other[i] != word[i]] == [7]


def assay_of(**oligos):
    return Assay("own", "", "", "", tuple(Oligo(role, role, word) for role, word in oligos.items()))


def test_an_assay_is_judged_by_the_rules_of_its_kind():
    back = reverse_complement(GENOME[300:320])
    kinds = {"pcr": {}, "qpcr": {"P": GENOME[200:225]}, "rpa-cas12": {"guide": GENOME[200:220]},
             "rpa-cas13": {"guide": GENOME[200:228]}}  # fmt: skip
    for kind, more in kinds.items():
        assert kind_of(assay_of(F=GENOME[100:120], R=back, **more)) == kind
    judged = judge_assay(assay_of(F=GENOME[100:116], R=back, P=GENOME[400:420]), FastaRecord("g", "", GENOME))
    told = [str(rule) for rule in judged.broken]
    assert "F: length is 16, wanted 18 to 25" in told and "assay: amplicon is 220, wanted 70 to 200" in told
    assert any(rule.startswith("assay: P between the primers") for rule in told)


def test_own_designs_are_feasible_and_the_table_tells_broken_rules(tmp_path):
    (tmp_path / "g.fasta").write_text(f">a\n{GENOME}\n")
    for kind in ("qpcr", "pcr", "rpa-cas12", "rpa-cas13"):
        run = design_assays(tmp_path / "g.fasta", kind=kind, out=tmp_path / kind)
        judged = judge_assays(tmp_path / kind / "designs.csv", tmp_path / "g.fasta", out=tmp_path / "judged.csv")
        assert [one.feasible for one in judged] == [True] * len(run.designs), kind
        assert [sum(one.reasons.values()) for one in run.designs] == pytest.approx([one.cost for one in run.designs])
    with (tmp_path / "judged.csv").open() as stream:
        assert {row["feasible"] for row in csv.DictReader(stream)} == {"yes"}


def test_a_mixture_is_the_oligos_that_it_is():
    assert expand_oligo("ARYN")[0] == "AACA" and len(expand_oligo("ARYN")) == 16
    with pytest.raises(InputError, match="4096 oligos"):
        expand_oligo("NNNNNN")
    with pytest.raises(InputError, match="got !"):
        expand_oligo("AC!T")


def test_a_mixture_primes_where_one_of_its_oligos_does():
    word, back = GENOME[100:120], reverse_complement(GENOME[300:320])
    wrong = word[:-1] + "ACGT".replace(word[-1], "")[0]
    for forward, number in ((word[:-1] + "N", 1), (word, 1), (wrong, 0)):
        reaction = Reaction({"F": forward, "R": back}, {})
        assert len(predict_products([reaction], [FastaRecord("b", "", GENOME)])[0]) == number


def lamp_parts(genome):
    """Sites of a LAMP set, as oligos."""
    places = {"F3": (100, 120), "F2": (125, 145), "LF": (147, 165), "F1c": (170, 192), "B1c": (195, 217),
              "LB": (220, 238), "B2": (240, 260), "B3": (265, 285)}  # fmt: skip
    turned = {"F1c", "LF", "B2", "B3"}
    return {role: reverse_complement(genome[a:b]) if role in turned else genome[a:b] for role, (a, b) in places.items()}


@pytest.mark.parametrize("turn", [False, True])
def test_lamp_amplifies_where_its_sites_are_in_order_on_either_strand(turn):
    parts = lamp_parts(GENOME)
    reaction = Reaction({role: parts[role] for role in ("F2", "B2")},
                        {role: parts[role] for role in parts if role not in ("F2", "B2")})  # fmt: skip
    background = [FastaRecord("b", "", reverse_complement(GENOME) if turn else GENOME)]
    found = predict_products([reaction], background)[0]
    assert [(one.end - one.start + 1, one.with_probe) for one in found] == [(135, True)]
    assert set(found[0].parts) == {"F3", "LF", "F1c", "B1c", "LB", "B3"}


def test_lamp_without_its_inner_sites_is_not_detected():
    parts = lamp_parts(GENOME)
    broken = GENOME[:168] + random_genome(3, 26) + GENOME[194:]
    reaction = Reaction({role: parts[role] for role in ("F2", "B2")}, {role: parts[role] for role in ("F1c", "B1c")})
    found = predict_products([reaction], [FastaRecord("b", "", broken)])[0]
    assert [(one.with_probe, one.parts) for one in found] == [(False, ("B1c",))]


def test_what_a_table_of_assays_amplifies_is_written(tmp_path):
    parts = lamp_parts(GENOME)
    lamp = {"FIP": parts["F1c"] + parts["F2"], "BIP": parts["B1c"] + parts["B2"], "F3": parts["F3"], "B3": parts["B3"]}
    qpcr = {"F": GENOME[300:320], "R": reverse_complement(GENOME[400:420]), "P": GENOME[350:372]}
    rows = [(name, role, word) for name, some in (("L", lamp), ("Q", qpcr)) for role, word in some.items()]
    lines = [f"{assay},{assay}-{role},{role},{word}" for assay, role, word in rows]
    (tmp_path / "assays.csv").write_text("\n".join(["assay,oligo,role,sequence_5to3", *lines]) + "\n")
    (tmp_path / "b.fasta").write_text(f">host\n{random_genome(5)}{GENOME}{random_genome(6)}\n")
    (tmp_path / "empty.fasta").write_text("")
    found = amplify_assays(tmp_path / "assays.csv", [tmp_path / "b.fasta", tmp_path / "empty.fasta"],
                           out=tmp_path / "products.csv")  # fmt: skip
    assert {name: [(one.start, one.with_probe) for one in own] for name, own in found.items()} == {
        "L": [(1326, True)], "Q": [(1501, True)],
    }  # fmt: skip
    with (tmp_path / "products.csv").open() as stream:
        assert [row["length"] for row in csv.DictReader(stream)] == ["135", "120"]


def test_a_background_moves_the_choice_and_an_empty_one_does_not(tmp_path):
    (tmp_path / "g.fasta").write_text(f">a\n{GENOME}\n")
    plain = design_assays(tmp_path / "g.fasta", settings=QpcrSettings(number=1))
    place = plain.designs[0].oligos[0].start
    (tmp_path / "near.fasta").write_text(f">near\n{GENOME[place - 100 : place + 300]}\n")
    (tmp_path / "empty.fasta").write_text("")
    other = design_assays(tmp_path / "g.fasta", exclude=[tmp_path / "near.fasta"], settings=QpcrSettings(number=1))
    assert other.designs[0].products == () and other.designs[0].name != plain.designs[0].name
    same = design_assays(tmp_path / "g.fasta", exclude=tmp_path / "empty.fasta", settings=QpcrSettings(number=1))
    assert same.designs[0].name == plain.designs[0].name and same.background == ()


def test_the_page_shows_every_oligo_the_reasons_and_the_rules(tmp_path):
    (tmp_path / "g.fasta").write_text(f">a<b>\n{GENOME}\n>n\n{'N' * 900}\n")
    run = design_assays(tmp_path / "g.fasta", kind="lamp", out=tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert all(oligo.sequence in page for design in run.designs for oligo in design.ordered)
    assert "melting temperature" in page and "mostly missing" in page and "a&lt;b&gt;" in page
    assert "http" not in page.replace("http-equiv", "") and "nan" not in page
    told = json.loads((tmp_path / "out" / "designs.json").read_text())
    assert told["left_out"].keys() == {"n"} and told["excluded_candidates"]["F3: melting temperature"] > 0


def test_dengue_serotypes_share_an_assay_and_a_tube(shared_data):
    folder = shared_data / "genomes"
    files = tuple(
        folder / name for name in ("denv1.ref.fasta", "denv2.ref.fasta", "denv3.ref.fasta", "denv4.ref.fasta")
    )
    pan = design_assays(GenomeSource(files), settings=QpcrSettings(degenerate=16, mismatches=2, number=1))
    assert pan.designs[0].reached == pytest.approx(1.0)
    panel = design_panel({f"denv{i}": GenomeSource(path) for i, path in enumerate(files, start=1)}).panel
    assert panel.proven and panel.stablest > -7 and all(one.reached == 1 for one in panel.designs.values())
    seen = {name: [one.record for one in design.products if one.with_probe] for name, design in panel.designs.items()}
    assert not any(seen.values())


def test_a_mutation_of_sars_cov_2_by_its_name(shared_data):
    reference = read_fasta(shared_data / "genomes" / "NC_045512.fasta")[0]
    stack = stack_genomes(reference, [reference])
    found = locate_mutation("S:N501Y", reference, stack, genes_of(reference.name))
    assert (found.position, found.old, found.new) == (23063, "A", "T")
