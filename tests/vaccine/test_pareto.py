"""Fronts: every point optimal, none missed, and runs that go on."""

import itertools
import math

import pytest

from swanneck.folding import fold_sequence
from swanneck.foundation.errors import SettingsError
from swanneck.sequences.codons import human_codons, translate_codons
from swanneck.vaccine import DesignSettings, design_alternatives, find_front

TABLE = human_codons()


def supported(protein: str) -> set[tuple[float, float]]:
    """Energy and loss of all sequences on the lower convex hull, by folding every one."""
    best: dict[float, float] = {}
    for codons in itertools.product(*(TABLE.shares[one] for one in protein)):
        rna = "".join(codons)
        loss = round(-math.log(TABLE.adaptation(rna)) * len(protein), 9)
        best[loss] = min(fold_sequence(rna).energy, best.get(loss, math.inf))
    pairs = [(energy, loss) for loss, energy in best.items()]
    kept = set()
    for lambda_ in [0.001, *(k / 50 for k in range(1, 5000))]:
        kept.add(min(pairs, key=lambda pair: pair[0] + lambda_ * pair[1]))
    return kept


@pytest.mark.parametrize("protein", ["MGKALW", "MSGKWE", "WRACDG"])
def test_a_complete_front_is_the_hull_of_all_sequences(protein: str) -> None:
    front = find_front(protein, points=30)
    assert front.is_complete
    assert {(point.energy, round(point.loss, 6)) for point in front.points} == {
        (energy, round(loss, 6)) for energy, loss in supported(protein)
    }


def test_a_front_falls_in_one_as_it_rises_in_the_other() -> None:
    front = find_front("MGKALLRSWDERTPGSLVRGQ", points=6)
    assert len(front.points) == 6
    for first, second in itertools.pairwise(front.points):
        assert first.energy < second.energy
        assert first.cai < second.cai
        assert first.lambda_ < second.lambda_
    for point in front.points:
        assert fold_sequence(point.rna).energy == pytest.approx(point.energy)


def test_points_that_are_known_are_not_designed_again() -> None:
    protein = "MGKALLRSWDERTPGSLVRGQ"
    whole = find_front(protein, points=6)
    designed: list = []
    again = find_front(protein, points=6, known=whole.points, keep=designed.append)
    assert designed == []
    assert again.points == whole.points


def test_proofs_that_are_known_are_not_made_again() -> None:
    learnt: list = []
    whole = find_front("MGKALW", points=30, keep=learnt.append)
    assert any(isinstance(one, tuple) for one in learnt)
    again: list = []
    assert find_front("MGKALW", points=30, known=learnt, keep=again.append) == whole
    assert again == [] and whole.is_complete


@pytest.mark.parametrize("protein", ["M", "W", "MW"])
def test_a_protein_without_a_choice_has_a_front_of_one(protein: str) -> None:
    front = find_front(protein, points=20)
    assert len(front.points) == 1 and front.is_complete


def test_rules_hold_at_every_point() -> None:
    front = find_front("MGSRPRETGLW", DesignSettings(avoid=("CCGG", "GCC")), points=5)
    assert not any("CCGG" in point.rna or "GCC" in point.rna for point in front.points)


@pytest.mark.parametrize(("points", "settings"), [(1, DesignSettings()), (5, DesignSettings(uridine_cost=1.0))])
def test_what_is_no_front_is_refused(points: int, settings: DesignSettings) -> None:
    with pytest.raises(SettingsError, match="front of two points"):
        find_front("MK", settings, points=points)


@pytest.mark.parametrize("limit", [{"longest_loop": 12}, {"longest_span": 60}, {"longest_stem": 12}, {"gc_high": 0.6}])
def test_no_front_where_points_would_not_be_proved(limit: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(limit))):
        find_front("MK", DesignSettings(**limit))


def test_alternatives_are_nearly_as_good_and_unlike() -> None:
    protein = "MGKALLRSWDERTPGSLVRGQMGKAVVLST"
    designs = design_alternatives(protein, DesignSettings(lambda_=1.0), count=3, within=0.1, differing=0.1)
    assert len(designs) == 3
    assert designs[0].is_optimal
    for first, second in itertools.combinations(designs, 2):
        unlike = sum(first.rna[k : k + 3] != second.rna[k : k + 3] for k in range(0, len(first.rna), 3))
        assert unlike >= 0.1 * len(protein)
    for design in designs:
        assert translate_codons(design.rna, TABLE) == protein
        assert design.gap == pytest.approx(design.objective - designs[0].objective)
        assert design.gap <= 0.1 * abs(designs[0].objective)
