"""Assays: readouts by name and in SQL, the threshold of infection from the controls, mistakes told in words."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import SettingsError
from swanneck.screening.assays import (
    AssaySettings,
    Readout,
    cut_column,
    estimate_threshold,
    list_readouts,
    score_wells,
)


def names(channel="Virus", threshold=None, **settings) -> dict[str, str]:
    return {one.name: one.role for one in list_readouts(AssaySettings(**settings), channel, threshold)}


def expression(name, channel="Virus", threshold=None, **settings) -> str:
    readouts = list_readouts(AssaySettings(**settings), channel, threshold)
    return next(one.expression for one in readouts if one.name == name)


def score(cells: pl.DataFrame, sql: str) -> list:
    return score_wells(cells, [Readout("x", "x", "other", sql)])["x"].to_list()


def test_each_assay_has_an_efficacy_readout_first_and_counts_cells() -> None:
    assert names() == {"infected_fraction": "efficacy", "pathogen_intensity": "other", "cell_count": "viability"}
    assert names(kind="translocation") == {"nuclear_translocation": "efficacy", "cell_count": "viability"}
    assert names(None, kind="cell_count") == {"cell_count": "efficacy"}


def test_another_readout_may_be_the_efficacy() -> None:
    chosen = names(efficacy="spread", readouts={"spread": "stddev(x)"})
    assert next(iter(chosen)) == "spread"
    assert (chosen["spread"], chosen["infected_fraction"], chosen["cell_count"]) == ("efficacy", "other", "viability")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"efficacy": "shape"}, "'shape', which is none of the readouts infected_fraction, pathogen_intensity"),
        ({"readouts": {"cell_count": "count(*)"}}, "has the name of another"),
        ({"readouts": {"infected_fraction": "avg(x)"}}, "has the name of another"),
        ({"readouts": {"status": "avg(x)"}}, "cannot be called 'status'"),
    ],
)
def test_readouts_that_clash_are_refused(settings, words) -> None:
    with pytest.raises(SettingsError, match=words):
        names(**settings)


@pytest.mark.parametrize(("kind", "role"), [("infection", "pathogen"), ("translocation", "marker")])
def test_an_assay_says_which_channel_it_needs(kind, role) -> None:
    with pytest.raises(SettingsError, match=f"needs a channel with the role '{role}'") as caught:
        names(None, kind=kind)
    assert "[channels]" in str(caught.value)


def test_the_infected_fraction_is_the_share_of_cells_above_the_threshold() -> None:
    column = cut_column(AssaySettings(), "Virus")
    cells = pl.DataFrame({"well": ["A01"] * 4 + ["A02"], column: [0.1, 0.3, 0.4, None, 0.1]})
    assert score(cells, expression("infected_fraction", threshold=0.2)) == [pytest.approx(2 / 3), 0.0]


@pytest.mark.parametrize(
    "channel", ["some-label-1", "Fluorescein (FITC)", "HOECHST 33342", 'a"b', "β", "1", "select", "{x}"]
)
def test_a_channel_may_have_any_name(channel) -> None:
    column = cut_column(AssaySettings(), channel)
    cells = pl.DataFrame({"well": ["A01", "A01"], column: [0.1, 0.3]})
    assert score(cells, expression("infected_fraction", channel, threshold=0.2)) == [0.5]
    names = [f"{region}_Intensity_MeanIntensity_{channel}" for region in ("Nuclei", "Cytoplasm")]
    ratio = pl.DataFrame({"well": ["A01"], names[0]: [0.4], names[1]: [0.1]})
    assert score(ratio, expression("nuclear_translocation", channel, kind="translocation")) == [2.0]


def test_the_compartment_is_a_choice() -> None:
    assert "Nuclei_Intensity" in expression("infected_fraction", threshold=0.2, compartment="Nuclei")
    assert "Cytoplasm_Intensity" in expression("pathogen_intensity", compartment="Cytoplasm")


def test_translocation_is_the_mean_log_ratio_of_nucleus_to_cytoplasm() -> None:
    cells = pl.DataFrame({
        "well": ["A01"] * 5, "Nuclei_Intensity_MeanIntensity_GFP": [0.4, 0.1, 0.0, 0.3, None],
        "Cytoplasm_Intensity_MeanIntensity_GFP": [0.1, 0.1, 0.2, 0.0, 0.2],
    })  # fmt: skip
    assert score(cells, expression("nuclear_translocation", "GFP", kind="translocation")) == [1.0]


def test_the_order_of_cells_does_not_matter() -> None:
    cells = pl.DataFrame({"well": ["A01", "A02"] * 50, "a": np.random.default_rng(1).normal(size=100)})
    assert score(cells.reverse(), "median(a)") == score(cells, "median(a)")


def test_wells_without_cells_are_not_invented() -> None:
    assert score(pl.DataFrame(schema={"well": pl.String, "a": pl.Float64}), "avg(a)") == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("avg(b)", "readout x cannot be computed .* \"b\""), ("avg(", "readout x cannot be computed"),
        ("a", r"one value per cell.*Write for instance avg\(a\)"), ("", "readout x cannot be computed"),
    ],
)  # fmt: skip
def test_sql_that_cannot_be_computed_names_its_readout(sql, words) -> None:
    with pytest.raises(SettingsError, match=words):
        score(pl.DataFrame({"well": ["A01", "A01"], "a": [1.0, 2.0]}), sql)


def threshold_of(cells, layout, **settings):
    """The threshold of the values `x` of an assay."""
    chosen = AssaySettings(**settings)
    return estimate_threshold(cells.rename({"x": cut_column(chosen, "Virus")}), layout, chosen, "Virus")


def controls(dark=0.02, bright=0.2, share=0.5, size=400) -> tuple[pl.DataFrame, pl.DataFrame]:
    draw = np.random.default_rng(1)
    infected = draw.random(size) < share
    values = np.concatenate([draw.lognormal(np.log(dark), 0.2, size), draw.lognormal(np.log(dark), 0.2, size)])
    values[size:][infected] = draw.lognormal(np.log(bright), 0.3, infected.sum())
    cells = pl.DataFrame({"well": ["B01"] * size + ["A01"] * size, "x": values})
    return cells, pl.DataFrame({"well": ["A01", "B01"], "role": ["negative_control", "positive_control"]})


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_the_threshold_tells_infected_from_uninfected_cells(share) -> None:
    cells, layout = controls(share=share)
    threshold = threshold_of(cells, layout)
    infected = cells.group_by("well").agg((pl.col("x") > threshold.value).mean()).sort("well")["x"].to_list()
    assert infected == pytest.approx([share, 0.0], abs=0.05)


@pytest.mark.parametrize("factor", [1e-3, 10.0])
def test_the_threshold_follows_the_brightness(factor) -> None:
    cells, layout = controls()
    brighter = cells.with_columns(x=factor * pl.col("x"))
    expected = factor * threshold_of(cells, layout).value
    assert threshold_of(brighter, layout).value == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("role", ["negative_control", "positive_control"])
def test_without_cells_in_a_control_there_is_no_threshold(role) -> None:
    cells, layout = controls()
    gone = layout.filter(pl.col("role") == role)["well"]
    assert threshold_of(cells.filter(~pl.col("well").is_in(gone.implode())), layout) is None


def test_cells_without_a_value_do_not_decide() -> None:
    cells, layout = controls()
    missing = pl.DataFrame({"well": ["A01", "B01"] * 50, "x": [None, float("nan")] * 50}, schema=cells.schema)
    assert threshold_of(pl.concat([cells, missing]), layout) == threshold_of(cells, layout)


def test_a_threshold_of_ones_own_needs_no_controls() -> None:
    cells, layout = controls()
    assert threshold_of(cells, layout.clear(), threshold=0.07).value == 0.07


def spot_counts(infected=60, uninfected=140) -> tuple[pl.DataFrame, pl.DataFrame]:
    draw = np.random.default_rng(2)
    counts = np.concatenate([draw.poisson(1.0, uninfected), draw.poisson(30, infected), draw.poisson(1.0, 100)])
    wells = ["A01"] * (infected + uninfected) + ["B01"] * 100
    cells = pl.DataFrame({"well": wells, "x": counts})
    return cells, pl.DataFrame({"well": ["A01", "B01"], "role": ["negative_control", "positive_control"]})


@pytest.mark.parametrize("known", [["A01", "B01"], ["A01"], []], ids=["both controls", "infected only", "no controls"])
def test_counts_of_parasites_are_divided_with_and_without_controls(known) -> None:
    cells, layout = spot_counts()
    threshold = threshold_of(cells, layout.filter(pl.col("well").is_in(known)), kind="intracellular_parasites")
    assert 5 <= threshold.value <= 15


def test_two_populations_are_divided_within_the_untreated_wells() -> None:
    cells, layout = controls(share=0.4)
    threshold = threshold_of(cells, layout, kind="coculture")
    assert 0.03 < threshold.value < 0.1
    assert threshold.share_high == pytest.approx(0.4, abs=0.05)


def test_syncytia_have_more_than_two_nuclei() -> None:
    cells = pl.DataFrame({"well": ["A01"], "x": [1]})
    layout = pl.DataFrame(schema={"well": pl.String, "role": pl.String})
    assert threshold_of(cells, layout, kind="syncytia").value == 2.0
