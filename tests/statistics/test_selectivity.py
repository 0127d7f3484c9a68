"""Selectivity with censoring carried through, and growth rates."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.statistics.fitting.selectivity import SelectivitySettings, fit_selectivity
from swanneck.statistics.growth_rates import fit_growth_rates, growth_rate_values

DOSES = np.repeat(np.geomspace(0.01, 100, 9), 2)


def simulate(rng, cc50, ic50=0.5):
    inhibition = 100 / (1 + ic50 / DOSES) + rng.normal(0, 4, DOSES.size)
    return fit_selectivity(DOSES, inhibition, 100 / (1 + DOSES / cc50) + rng.normal(0, 4, DOSES.size))


@pytest.mark.parametrize("cc50", [5.0, 20.0, 400.0])
def test_the_interval_of_the_index_holds_the_truth(cc50):
    rng, held = np.random.default_rng(1), 0
    for _ in range(60):
        found = simulate(rng, cc50)
        held += (found.low or 0.0) <= cc50 / 0.5 <= (found.high or np.inf)
    assert held >= 52  # three standard errors of 60 trials


def test_the_probability_is_a_half_where_the_index_is_at_the_threshold():
    rng = np.random.default_rng(2)
    probabilities = [simulate(rng, 5.0).probability for _ in range(40)]
    assert 0.35 < np.median(probabilities) < 0.65


def test_what_is_not_toxic_has_a_bound_and_no_number():
    found = simulate(np.random.default_rng(3), 1e9)
    assert (found.cc50.relation, found.cc50.dose, found.relation, found.high) == (">", 100.0, ">", None)
    assert found.low > 50
    assert found.probability > 0.99


def test_what_kills_at_every_dose_has_an_upper_bound_of_its_toxicity():
    rng = np.random.default_rng(6)
    found = fit_selectivity(DOSES, 100 / (1 + 0.5 / DOSES) + rng.normal(0, 4, 18), rng.normal(3, 2, 18))
    assert (found.cc50.relation, found.cc50.dose, found.relation) == ("<", 0.01, "<")
    assert found.probability < 0.01


def test_what_neither_works_nor_harms_is_undefined():
    found = simulate(np.random.default_rng(4), 1e9, ic50=1e9)
    assert (found.index, found.relation, found.window) == (None, "undefined", None)
    assert 0.05 < found.probability < 0.95


def test_the_threshold_and_level_are_settings():
    rng = np.random.default_rng(5)
    inhibition = 100 / (1 + 0.5 / DOSES) + rng.normal(0, 4, 18)
    viability = 100 / (1 + DOSES / 20) + rng.normal(0, 4, 18)
    strict = fit_selectivity(DOSES, inhibition, viability, settings=SelectivitySettings(threshold=100))
    assert strict.probability < 0.01


def test_growth_rates_do_not_depend_on_how_fast_cells_divide():
    slow, fast = (growth_rate_values(100 * 2.0 ** (n / 2), control=100 * 2.0**n, start=100.0) for n in (1, 4))
    assert slow == pytest.approx(fast)
    assert np.isnan(growth_rate_values(120.0, control=90.0, start=100.0))
    with pytest.raises(InputError, match="must not be negative"):
        growth_rate_values(-1.0, control=2.0, start=1.0)


def test_a_drug_without_effect_has_no_gr50():
    rng = np.random.default_rng(6)
    found = fit_growth_rates(DOSES, 1 + rng.normal(0, 0.03, 18))
    assert (found.gr50.dose, found.gr50.relation) == (100.0, ">")
    assert abs(found.area_over_curve) < 0.05


def test_published_inputs_give_metrics_of_every_curve(shared_data):
    table = pl.read_csv(shared_data / "screens" / "grmetrics" / "inputCaseA.csv")
    values = growth_rate_values(
        table["cell_count"], control=table["cell_count__ctrl"], start=table["cell_count__time0"]
    )
    fitted = [
        fit_growth_rates(part["concentration"], part["gr"])
        for _, part in table.with_columns(gr=pl.Series(values)).group_by("cell_line", "treatment", maintain_order=True)
    ]
    assert len(fitted) > 3
    assert all(-1 <= one.gr_inf <= 1.2 and one.gr50.relation in "=<>" for one in fitted)
