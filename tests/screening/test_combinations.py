"""Combinations against closed forms: additive, independent, antagonistic, flat; bad tables; real blocks."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError
from swanneck.screening.combinations.checkerboards import read_checkerboard
from swanneck.screening.combinations.expected import expect_hsa, expect_loewe, independent
from swanneck.screening.combinations.scoring import score_combination
from swanneck.screening.combinations.single_drugs import fit_single_drug
from swanneck.screening.combinations.surfaces import CombinationSettings, Surface, make_surface
from swanneck.screening.combinations.triples import score_triples

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
FEW = CombinationSettings(resamples=20)


def curve(doses, top=0.9, midpoint=1.0, slope=1.3):
    with np.errstate(divide="ignore"):
        return top / (1 + (midpoint / doses) ** slope)


def surface(effects, doses_b=DOSES):
    return Surface(("A", "B"), (DOSES, doses_b), np.asarray(effects)[None], 0.0, "nominal")


def scores_of(effects, doses_b=DOSES):
    score = score_combination(surface(effects, doses_b), FEW)
    return score, dict(zip(score.summary["reference"], score.summary["mean_score"], strict=True))


tops = st.floats(0.5, 1.0)
midpoints = st.floats(0.2, 3.0)
slopes = st.floats(0.7, 3.0)


@given(tops, midpoints, slopes)
@settings(max_examples=8)
def test_a_drug_with_itself_is_additive_by_loewe(top, midpoint, slope):
    together = curve(DOSES[:, None] + DOSES[None, :] / 2, top, midpoint, slope)
    score, means = scores_of(together)
    if {one.kind for one in score.drugs} == {"curve"}:
        assert means["loewe"] == pytest.approx(0, abs=1e-3)


@given(tops, midpoints, midpoints, slopes)
@settings(max_examples=8)
def test_independent_drugs_have_no_bliss_and_no_zip_score(top, first, second, slope):
    _, means = scores_of(independent(curve(DOSES, top, first, slope), curve(DOSES, 1.0, second)))
    assert means["bliss"] == pytest.approx(0, abs=1e-9)
    assert means["zip"] == pytest.approx(0, abs=1e-2)


def test_an_antagonist_is_told_by_all():
    alone = curve(DOSES)
    effects = np.minimum(alone[:, None], alone[None, :])
    effects[:, 0], effects[0, :] = alone, alone
    score, means = scores_of(effects)
    expected = expect_hsa(alone, alone)[1:, 1:]
    assert means["hsa"] == pytest.approx(100 * np.mean(effects[1:, 1:] - expected))
    assert all(value < -5 for value in means.values())
    assert score.warnings == []


def test_synergy_is_positive_by_all():
    alone = curve(DOSES, top=0.6)
    effects = independent(alone, alone)
    effects[1:, 1:] = np.minimum(effects[1:, 1:] + 0.3, 1.0)
    _, means = scores_of(effects)
    assert all(value > 5 for value in means.values())


def test_a_flat_drug_is_inert_and_named():
    effects = np.tile(curve(DOSES)[:, None], (1, DOSES.size))
    score, means = scores_of(effects)
    assert [one.kind for one in score.drugs] == ["curve", "flat"]
    assert "B alone has no effect: it counts as inert" in score.warnings[0]
    assert means == pytest.approx(dict.fromkeys(means, 0.0), abs=1e-2)


def test_a_drug_whose_onset_is_not_seen_gets_no_loewe_and_the_reason():
    plateau = np.where(DOSES > 0, 0.6, 0.0)
    score, means = scores_of(independent(plateau, curve(DOSES)))
    assert (means["loewe"], score.drugs[0].kind) == (None, "unresolved")
    assert "where it sets in is not seen" in score.summary.filter(pl.col("reference") == "loewe")["reason"][0]
    assert means["bliss"] == pytest.approx(0, abs=1e-9)


def test_loewe_solves_its_own_equation():
    a, b = (fit_single_drug(name, DOSES, curve(DOSES, top, e, s)[None]) for name, top, e, s in (
        ("A", 0.9, 1.0, 1.0), ("B", 0.7, 0.5, 2.0)))  # fmt: skip
    effect = expect_loewe(a, b)[1:, 1:]
    sums = DOSES[1:, None] / a.dose_for(effect) + DOSES[None, 1:] / b.dose_for(effect)
    assert sums == pytest.approx(np.ones_like(sums), abs=1e-6)


def test_swapping_the_drugs_turns_the_table():
    rng = np.random.default_rng(1)
    effects = independent(curve(DOSES), curve(DOSES, midpoint=0.4)) + rng.normal(0, 0.02, (6, 6))
    here, there = scores_of(effects)[1], scores_of(effects.T)[1]
    assert here == pytest.approx(there, abs=1e-6)


def test_intervals_hold_the_truth_of_replicates():
    rng, held, pairs = np.random.default_rng(3), 0, []
    truth = independent(curve(DOSES), curve(DOSES))
    for _ in range(10):
        noisy = truth + rng.normal(0, 0.05, (4, 6, 6))
        score = score_combination(
            Surface(("A", "B"), (DOSES, DOSES), noisy, 0.0, "nominal"), CombinationSettings(resamples=40)
        )
        row = score.summary.filter(pl.col("reference") == "bliss").row(0, named=True)
        held += row["mean_low"] <= 0 <= row["mean_high"]
        pairs += ((score.pairs["bliss_score_low"] <= 0) & (score.pairs["bliss_score_high"] >= 0)).to_list()
    assert held >= 7
    assert 0.88 < np.mean(pairs) < 0.99
    assert score.intervals_from.startswith("bootstrap of 4 replicates")


def table(rows):
    return pl.DataFrame(rows, schema=["dose_a", "dose_b", "response"], orient="row")


@pytest.mark.parametrize(("rows", "wanted"), [
    ([(-1.0, 0.0, 5.0), (0.0, 0.0, 1.0)], "negative or missing"),
    ([(1.0, 1.0, 5.0), (2.0, 1.0, 5.0)], "tested alone"),
    ([(0.0, 1.0, 5.0), (1.0, 0.0, 5.0)], "baseline was not measured"),
    ([(0.0, 0.0, 100.0), (0.0, 1.0, 5.0), (1.0, 0.0, 5.0)], "full effect already"),
], ids=["negative", "alone", "baseline", "full"])  # fmt: skip
def test_what_cannot_be_a_surface_is_refused(rows, wanted):
    with pytest.raises(InputError, match=wanted):
        make_surface(table(rows), ("A", "B"))


def test_the_nominal_baseline_is_a_choice():
    rows = [(0.0, 1.0, 5.0), (1.0, 0.0, 15.0), (1.0, 1.0, 40.0)]
    made = make_surface(table(rows), ("A", "B"), CombinationSettings(baseline="nominal"))
    assert (made.baseline, made.baseline_from, made.effects[1, 1]) == (0.0, "nominal", 0.4)


def test_checkerboards():
    no_interaction = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]])
    doses = [0, 1, 2, 4]
    board = read_checkerboard([doses, doses], no_interaction)
    assert (board.fici, board.relation, board.verdict) == (1.25, "=", "no interaction")
    resistant = read_checkerboard([doses, doses], [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    assert (resistant.mic, resistant.mic_relation, resistant.relation) == ((4.0, 4.0), (">", "="), "<")
    with pytest.raises(InputError, match="nothing grows"):
        read_checkerboard([doses, doses], np.zeros((4, 4)))


def test_triples_tell_a_pair_from_three():
    from itertools import product

    def effect(a, b, c):
        left = 0.5 ** (a > 0) * 0.8 ** (b > 0) * 0.9 ** (c > 0)
        return 1 - left * (0.5 if a > 0 and b > 0 else 1.0)  # a and b are synergistic, c minds its own affairs

    rows = [(*doses, effect(*doses)) for doses in product([0.0, 1.0], repeat=3)]
    names = ["dose_a", "dose_b", "dose_c", "effect"]
    scored = score_triples(pl.DataFrame(rows, schema=names, orient="row")).row(0, named=True)
    assert scored["bliss_score"] == pytest.approx(18.0)
    assert scored["pairs_score"] == pytest.approx(0.0)
    with pytest.raises(InputError, match="no well has all three"):
        score_triples(pl.DataFrame(rows[:-1], schema=names, orient="row"))


MATHEWS = {
    (1, "measured"): {"hsa": (16.4, 8.9, 22.2), "bliss": (4.4, -1.5, 10.1), "zip": (5.3, -0.2, 10.2)},
    (2, "measured"): {"hsa": (-36.0, -46.9, -25.7), "bliss": (-20.5, -35.7, -6.1), "zip": (-20.2, -33.6, -2.8)},
    (1, "nominal"): {"bliss": (10.9, -3.1, 24.6)},
    (2, "nominal"): {"bliss": (-13.1, -35.5, 7.5)},
}
"""What the page on combinations prints."""


@pytest.mark.parametrize(("block", "baseline"), MATHEWS, ids=str)
def test_mathews_blocks_are_scored_and_degenerate_drugs_are_named(block, baseline, shared_data):
    wells = pl.read_csv(shared_data / "screens" / "synergyfinder" / "mathews_screening_data.csv")
    chosen = wells.filter(pl.col("block_id") == block).select(dose_a="conc_r", dose_b="conc_c", response="response")
    settings = CombinationSettings(response="viability", baseline=baseline)
    score = score_combination(make_surface(chosen, ("the drug", "ibrutinib"), settings), settings)
    told = {row["reference"]: row for row in score.summary.iter_rows(named=True)}
    assert told["loewe"]["mean_score"] is None
    assert ("alone has reached its effect" if block == 1 else "not only inhibit") in score.warnings[0]
    for name, wanted in MATHEWS[block, baseline].items():
        came = [told[name][key] for key in ("mean_score", "mean_low", "mean_high")]
        assert came == pytest.approx(wanted, abs=0.06)


def test_pairs_that_lose_what_one_drug_has_are_doubted(shared_data):
    wells = pl.read_csv(shared_data / "screens" / "synergyfinder" / "ONEIL_screening_data.csv")
    chosen = wells.filter(pl.col("block_id") == 2).select(dose_a="conc1", dose_b="conc2", response="response")
    score = score_combination(make_surface(chosen, ("paclitaxel", "L-778123"), FEW), FEW)
    assert "72 points less than the stronger alone" in score.warnings[-1]


def test_a_board_of_three_drugs_and_one_that_inhibits_at_its_lowest_dose():
    doses = [0, 1, 2, 4]
    grid = np.stack(np.meshgrid(doses, doses, doses, indexing="ij"))
    together = (grid > 0).sum(axis=0) == 3
    board = read_checkerboard([doses] * 3, grid.sum(axis=0) < np.where(together, 3, 4))
    assert (board.fici, board.mic, board.best_doses) == (0.75, (4.0, 4.0, 4.0), (1.0, 1.0, 1.0))
    low = read_checkerboard([doses, doses], [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert (low.mic_relation, low.relation, low.verdict.split(":")[0]) == (("<=", "="), ">", "not determined")


def test_a_well_that_was_not_read_is_neither_growth_nor_clear():
    doses, growth = [0, 1, 2, 4], np.array([[1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], float)
    growth[1, 1] = np.nan
    assert read_checkerboard([doses, doses], growth).fici == 0.75


def test_intervals_of_triples_hold_the_truth_of_replicates():
    from itertools import product

    rng, held = np.random.default_rng(2), 0
    for _ in range(20):
        rows = [
            (*doses, 1 - 0.6 ** sum(one > 0 for one in doses) + rng.normal(0, 0.03))
            for doses in product([0.0, 1.0], repeat=3) for _ in range(8)
        ]  # fmt: skip
        names = ["dose_a", "dose_b", "dose_c", "effect"]
        row = score_triples(pl.DataFrame(rows, schema=names, orient="row")).row(0, named=True)
        held += row["pairs_low"] <= 0 <= row["pairs_high"]
    assert held >= 15
    single = pl.DataFrame(rows[::8], schema=names, orient="row")
    assert score_triples(single)["bliss_low"].to_list() == [None]
