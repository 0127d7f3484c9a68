"""Rules inside the optimum: what is forbidden is never there, and nothing allowed is better."""

import itertools
import math
import random

import pytest

from swanneck.folding import evaluate_structure, fold_sequence
from swanneck.folding.structures import list_stems
from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import host_codons, human_codons, translate_codons
from swanneck.vaccine import DesignSettings, design_coding_sequence
from swanneck.vaccine.sequence_rules import find_motifs, resolve_motifs

TABLE = human_codons()
FEW = [name for name, codons in TABLE.shares.items() if len(codons) <= 4 and name != "*"]


def penalty(rna: str) -> float:
    return -math.log(TABLE.adaptation(rna)) * len(rna) / 3


def best_allowed(protein: str, settings: DesignSettings) -> float:
    """The least objective of all sequences that keep to the rules, each folded between its flanks."""
    motifs = [*resolve_motifs(settings.avoid)]
    best = math.inf
    for codons in itertools.product(*(TABLE.shares[one] for one in protein)):
        rna = "".join(codons)
        whole = settings.before + rna + settings.after
        ends = len(settings.before), len(settings.before) + len(rna)
        if not any(place < ends[1] and place + len(motif) > ends[0] for place, motif in find_motifs(whole, motifs)):
            costs = settings.lambda_ * penalty(rna) + settings.uridine_cost * rna.count("U")
            best = min(best, fold_sequence(whole).energy + costs)
    return best


@pytest.mark.parametrize("seed", range(8))
def test_no_allowed_sequence_is_better(seed: int) -> None:
    source = random.Random(seed)
    protein = "".join(source.choices(FEW, k=4 + seed % 2))
    settings = DesignSettings(
        lambda_=(0.0, 1.0)[seed % 2], uridine_cost=(0.0, 0.3)[seed // 2 % 2],
        avoid=("GGN", "CUCG", "RAAY") if seed % 3 else (), before="GGAGACC", after="UGAUAAGGUCUCC",
    )  # fmt: skip
    expected = best_allowed(protein, settings)
    if math.isinf(expected):
        with pytest.raises(InputError, match="no choice of codons"):
            design_coding_sequence(protein, settings)
    else:
        design = design_coding_sequence(protein, settings)
        assert design.objective == pytest.approx(expected, abs=1e-4)
        assert evaluate_structure(settings.before + design.rna + settings.after, design.structure) == pytest.approx(
            design.energy
        )


def test_sites_signals_and_runs_are_not_there() -> None:
    protein = "".join(random.Random(3).choices(sorted(set(TABLE.shares) - {"*"}), k=120)) + "KKKKGSGSGRPRETKKN"
    settings = DesignSettings(lambda_=1.0, avoid=("BsaI", "SapI", "polyadenylation", "UUUU"), longest_run=5)
    free = design_coding_sequence(protein, DesignSettings(lambda_=1.0))
    design = design_coding_sequence(protein, settings)
    forbidden = [*resolve_motifs(settings.avoid), *("ACGU"[k] * 6 for k in range(4))]
    assert find_motifs(design.rna, forbidden) == []
    assert find_motifs(free.rna, forbidden)
    assert translate_codons(design.rna, TABLE) == protein
    assert design.objective >= free.objective - 1e-9
    assert design.is_optimal


def test_an_open_start_does_not_pair() -> None:
    protein = "MGSWLLRACDGKTPEERSSLLGWQ"
    free = design_coding_sequence(protein, DesignSettings(lambda_=0.0))
    design = design_coding_sequence(protein, DesignSettings(lambda_=0.0, open_start=30, before="GGAAAC"))
    assert "(" in free.structure[:30]
    assert set(design.structure[6:36]) == {"."}


def test_what_cannot_be_is_refused_by_its_residues() -> None:
    with pytest.raises(InputError, match=r"avoids GGN.*W2, G3|avoids GGN.*G3"):
        design_coding_sequence("MWGK", DesignSettings(avoid=("GGN",)))
    with pytest.raises(InputError, match=r"avoids CCAU.*M1, with what is before"):
        design_coding_sequence("MKGGG", DesignSettings(avoid=("CCAU",), upstream="GCC"))


@pytest.mark.parametrize("side", [{"upstream": "AGGTCTCA"}, {"before": "AGGTCTCA"}, {"downstream": "AGGTCTCA"},
                                  {"after": "AGGTCTCA"}], ids=lambda side: next(iter(side)))  # fmt: skip
def test_a_motif_in_what_is_given_is_not_the_designs_affair(side: dict[str, str]) -> None:
    assert design_coding_sequence("MK", DesignSettings(avoid=("BsaI",), **side)).is_optimal


@pytest.mark.parametrize("seed", range(6))
def test_neighbours_that_do_not_fold_still_make_no_motifs(seed: int) -> None:
    source = random.Random(seed)
    protein = "".join(source.choices(FEW, k=5))
    upstream, downstream = ("".join(source.choices("ACGU", k=6)) for _ in range(2))
    motifs = ["".join(source.choices("ACGU", k=3)) for _ in range(4)]
    best = math.inf
    for codons in itertools.product(*(TABLE.shares[one] for one in protein)):
        rna = "".join(codons)
        places = find_motifs(upstream + rna + downstream, motifs)
        if not any(3 < place < 6 + len(rna) for place, _ in places):
            best = min(best, fold_sequence(rna).energy + penalty(rna))
    settings = DesignSettings(lambda_=1.0, avoid=tuple(motifs), upstream=upstream, downstream=downstream)
    if math.isinf(best):
        with pytest.raises(InputError, match="no choice of codons"):
            design_coding_sequence(protein, settings)
    else:
        assert design_coding_sequence(protein, settings).objective == pytest.approx(best, abs=1e-4)


def test_a_design_of_short_pairs_is_no_better_and_says_so() -> None:
    protein = "".join(random.Random(8).choices(FEW, k=60))
    exact = design_coding_sequence(protein, DesignSettings(lambda_=1.0))
    fast = design_coding_sequence(protein, DesignSettings(lambda_=1.0, longest_span=60))
    assert fast.objective >= exact.objective - 1e-9
    assert (fast.is_optimal, fast.gap, exact.gap) == (False, math.inf, 0.0)


def compare_fast(seed: int) -> float:
    """Hold a fast design to the exact one; the gap it states."""
    source = random.Random(seed)
    size = source.randint(20, 60)
    protein = "".join(source.choices("MWKNFYIDHQ" if seed % 2 else FEW, k=size))  # few synonyms: long loops
    settings = DesignSettings(lambda_=source.choice((0.0, 1.0, 4.0, 20.0)))
    exact = design_coding_sequence(protein, settings)
    fast = design_coding_sequence(protein, settings.model_copy(update={"longest_loop": 10}))
    assert exact.objective - 1e-6 <= fast.objective <= exact.objective + fast.gap + 1e-6
    assert fast.is_optimal == (fast.gap == 0)
    assert fast.energy == pytest.approx(evaluate_structure(fast.rna, fast.structure))
    return fast.gap


def test_a_fast_design_is_as_good_as_its_gap_says() -> None:
    gaps = [compare_fast(seed) for seed in range(40)]
    assert min(gaps) == 0 < max(gaps)


@pytest.mark.slow
def test_hundreds_of_fast_designs_are_as_good_as_their_gaps_say() -> None:
    assert max(compare_fast(seed) for seed in range(100, 600)) < 2.0


def test_other_hosts_have_other_codons() -> None:
    settings = DesignSettings(lambda_=100.0)
    design = design_coding_sequence("KEQKEQRRR", settings, table=host_codons("e-coli"))
    assert design.rna.startswith("AAAGAACAG")


def test_more_memory_than_allowed_is_refused_with_what_helps() -> None:
    with pytest.raises(InputError, match=r"GB.*longest_span"):
        design_coding_sequence("MGKA" * 30, DesignSettings(memory_gigabytes=1e-4))


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[str, int, int]] = []
    design_coding_sequence("MGKALLRSW" * 3, progress=lambda *step: told.append(step))
    assert told[-1][1] == told[-1][2]
    assert [step[1] for step in told] == list(range(1, told[-1][1] + 1))


@pytest.mark.parametrize("word", ["GG", "EcoR", "AXA"])
def test_a_motif_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(InputError, match="Names are"):
        resolve_motifs([word])


def test_a_stem_limit_holds_and_the_gap_is_proved() -> None:
    protein = "".join(random.Random(12).choices(sorted(set(TABLE.shares) - {"*"}), k=60))
    free = design_coding_sequence(protein, DesignSettings(lambda_=0.0))
    longest = max(size for *_, size in list_stems(free.structure))
    design = design_coding_sequence(protein, DesignSettings(lambda_=0.0, longest_stem=8))
    assert longest > 8
    assert max(size for *_, size in list_stems(design.structure)) <= 8
    assert design.gap == pytest.approx(design.objective - free.objective)
    assert not design.is_optimal
    assert fold_sequence(design.rna).energy == pytest.approx(design.energy)
