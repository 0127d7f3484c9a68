"""The simulated plate: its truth obeys its laws, and its pictures follow its truth."""

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.wells import is_edge_well, well_position
from swanneck.screening.simulation import (
    CHANNELS,
    CLASSES,
    PlateDesign,
    SimulatedWell,
    SimulationSettings,
    design_plate,
    simulate_well,
)

SEEDS = range(60)


def small_plate(**changes: object) -> PlateDesign:
    sizes = {"wells": 24, "doses": 4, "fields": 1, "image_height": 200, "image_width": 220}
    return design_plate(SimulationSettings.model_validate(sizes | changes))


def pooled_truth() -> pl.DataFrame:
    return pl.concat(design_plate(SimulationSettings(seed=seed)).truth for seed in SEEDS)


def pictures(well: SimulatedWell) -> np.ndarray:
    return np.array([well.images[channel] for channel in CHANNELS])


# ---- the plate ----


def test_the_default_plate_is_32_compounds_in_10_doses_and_64_controls() -> None:
    layout = design_plate(SimulationSettings()).layout
    samples = layout.filter(pl.col("role") == "sample")
    assert layout.columns == ["plate", "well", "compound", "concentration", "unit", "role"]
    assert layout["role"].value_counts().sort("role").rows() == [
        ("negative_control", 32), ("positive_control", 32), ("sample", 320),
    ]  # fmt: skip
    assert samples.group_by("compound").len()["len"].to_list() == [10] * 32
    assert samples["concentration"].max() == 50 and samples["unit"].unique().to_list() == ["uM"]


def test_both_controls_see_every_row_and_the_plate_edge() -> None:
    controls = design_plate(SimulationSettings()).layout.filter(pl.col("role").str.ends_with("control"))
    for role in ("negative_control", "positive_control"):
        wells = controls.filter(pl.col("role") == role)["well"].to_list()
        assert {well_position(well)[0] for well in wells} == set(range(16))
        assert sum(is_edge_well(well, (16, 24)) for well in wells) >= 16


def test_doses_fall_by_the_dilution_factor_and_replicates_repeat_them() -> None:
    layout = small_plate(wells=96, doses=4, replicates=2, dilution_factor=10).layout
    doses = layout.filter(pl.col("compound") == "C001")["concentration"].to_list()
    assert doses == [50, 5, 0.5, 0.05] * 2


def test_wells_that_no_series_needs_are_empty() -> None:
    design = small_plate(doses=10, debris_fraction=0.0)
    empty = design.wells.filter(pl.col("role") == "empty")
    well = simulate_well(design, empty["well"][0])
    assert empty.height == 6
    assert (well.cells, well.infected, well.dead, well.debris) == (0, 0, 0, 0)


# ---- the truth ----


def test_classes_have_their_shares_over_many_plates() -> None:
    truth = pooled_truth()
    shares = dict(truth["class"].value_counts(normalize=True).rows())
    assert set(shares) == set(CLASSES)
    assert shares["active"] + shares["active_toxic"] == pytest.approx(0.5, abs=0.01)
    assert shares["active_toxic"] / (shares["active"] + shares["active_toxic"]) == pytest.approx(0.2, abs=0.03)


def test_potencies_and_slopes_are_drawn_log_uniformly_from_their_ranges() -> None:
    truth = pooled_truth()
    lowest = 50e-6 / 3**9
    for column, low, high in (
        ("ic50_molar", lowest / 3, 150e-6), ("cc50_molar", 0.5e-6, 150e-6), ("slope", 0.7, 3.0),
    ):  # fmt: skip
        place = np.log(truth[column].drop_nulls().to_numpy() / low) / np.log(high / low)
        assert place.min() >= 0 and place.max() <= 1
        # Five standard errors of the mean and of the share below a quarter.
        assert place.mean() == pytest.approx(0.5, abs=5 * np.sqrt(1 / 12 / len(place)))
        assert (place < 0.25).mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.1875 / len(place)))


def test_truth_is_empty_where_there_is_none() -> None:
    truth = pooled_truth()
    has = {
        name: set(truth.filter(pl.col(name).is_not_null())["class"]) for name in ("ic50_molar", "cc50_molar", "slope")
    }
    assert has["ic50_molar"] == {"active", "active_toxic"}
    assert has["cc50_molar"] == {"toxic", "active_toxic"}
    assert has["slope"] == {"active", "active_toxic", "toxic"}


def test_infection_and_survival_fall_along_the_true_curves() -> None:
    design = design_plate(SimulationSettings(seed=3, dispensing_error=0))
    wells = design.wells.join(design.truth, on="compound")
    untreated = design.wells.filter(pl.col("role") == "negative_control")["infected_fraction"][0]
    for potency, observed in (
        ("ic50_molar", wells["infected_fraction"] / untreated),
        ("cc50_molar", wells["survival"]),
    ):
        curve = 1 / (1 + (wells["dose_molar"] / wells[potency]) ** wells["slope"])
        assert observed.to_numpy() == pytest.approx(curve.fill_null(1).to_numpy())


def test_untreated_wells_are_30_to_80_percent_infected_and_mock_wells_never() -> None:
    for seed in SEEDS:
        wells = design_plate(SimulationSettings(seed=seed)).wells
        assert wells.filter(pl.col("role") == "negative_control")["infected_fraction"].is_between(0.3, 0.8).all()
        assert (wells.filter(pl.col("role") == "positive_control")["infected_expected"] == 0).all()


def test_outer_wells_hold_fewer_cells() -> None:
    ratios = []
    for seed in SEEDS:
        wells = design_plate(SimulationSettings(seed=seed)).wells.filter(pl.col("role").str.ends_with("control"))
        outer = np.array([is_edge_well(well, (16, 24)) for well in wells["well"]])
        cells = wells["cells_expected"].to_numpy()
        ratios.append(cells[outer].mean() / cells[~outer].mean())
    assert np.mean(ratios) == pytest.approx(0.88 / 0.97, abs=0.02)


# ---- the pictures ----


def test_a_well_is_the_same_in_any_order_of_work() -> None:
    first = small_plate()
    alone = pictures(simulate_well(first, "B03"))
    second = small_plate()
    simulate_well(second, "C04")
    assert np.array_equal(alone, pictures(simulate_well(second, "b3")))


def test_seeds_wells_and_fields_differ() -> None:
    design = small_plate(fields=2)
    here = pictures(simulate_well(design, "A01"))
    assert not np.array_equal(here, pictures(simulate_well(small_plate(fields=2, seed=2), "A01")))
    assert not np.array_equal(here, pictures(simulate_well(design, "C01")))
    assert not np.array_equal(here[:, 0], here[:, 1])


def test_pictures_are_16_bit_with_the_range_of_a_12_bit_camera() -> None:
    images = pictures(simulate_well(small_plate(), "A01"))
    assert images.dtype == np.uint16 and images.shape == (2, 1, 200, 220)
    assert images.min() > 50 and 500 < images.max() <= 4095


def test_as_many_cells_and_infected_cells_are_painted_as_expected() -> None:
    design = small_plate(wells=96, doses=10)
    controls = design.wells.filter(pl.col("role") == "negative_control")
    painted = [simulate_well(design, well) for well in controls["well"]]
    expected = controls.select(cells="cells_expected", infected=pl.col("cells_expected") * pl.col("infected_expected"))
    # Five standard deviations of a Poisson count.
    for count in ("cells", "infected"):
        wanted = expected[count].sum()
        assert sum(getattr(well, count) for well in painted) == pytest.approx(wanted, abs=5 * np.sqrt(wanted))


def test_infected_wells_shine_in_the_antigen_channel() -> None:
    design = small_plate()
    infected, mock = (simulate_well(design, well).images["Virus"][0].mean() - 100 for well in ("A01", "B01"))
    assert infected > 1.5 * mock


def test_killed_cells_leave_some_condensed_nuclei() -> None:
    design = design_plate(SimulationSettings(fields=1))
    killed = design.wells.filter((pl.col("survival") < 0.1) & (pl.col("role") == "sample"))["well"][0]
    well, healthy = simulate_well(design, killed), simulate_well(design, "A01")
    assert well.cells < 0.3 * healthy.cells
    assert healthy.dead < 10 < well.dead < 0.3 * healthy.cells


def test_debris_is_at_least_one_percent_of_the_objects() -> None:
    design = small_plate(wells=96, doses=10)
    wells = [simulate_well(design, well) for well in design.layout["well"][:48]]
    assert sum(well.debris for well in wells) > 0.01 * sum(well.cells for well in wells)


@pytest.mark.parametrize(("difficulty", "lost"), [("easy", 0.1), ("default", 0.28), ("hard", 0.4)])
def test_light_is_lost_in_the_corners(difficulty: str, lost: float) -> None:
    design = small_plate(doses=10, debris_fraction=0, noise=0, difficulty=difficulty, image_height=400, image_width=400)
    empty = design.wells.filter(pl.col("role") == "empty")["well"][0]
    for fields in simulate_well(design, empty).images.values():
        light = fields[0].astype(float) - 100
        corners = light[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert 1 - corners.min() / light.max() == pytest.approx(lost, abs=0.03)
        assert 1 - corners.mean() / light.max() > 0.8 * lost


def test_every_field_out_of_focus_has_soft_nuclei() -> None:
    sharp, soft = (simulate_well(small_plate(out_of_focus=share), "A01").images["DNA"][0] for share in (0, 1))
    steepest = [np.percentile(np.abs(np.diff(image.astype(float), axis=1)), 99) for image in (sharp, soft)]
    assert steepest[1] < 0.5 * steepest[0]


# ---- the settings ----


def test_a_named_knob_wins_over_the_difficulty() -> None:
    settings = SimulationSettings(difficulty="hard", noise=0.7)
    assert settings.noise == 0.7
    assert settings.vignetting > SimulationSettings().vignetting > SimulationSettings(difficulty="easy").vignetting


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"wells": 100}, "24, 48, 96, 384 or 1536 wells, got 100"),
        ({"wells": 24, "doses": 10, "replicates": 2}, "10 doses x 2 replicates do not fit"),
        ({"slope_range": (3.0, 0.7)}, "slope_range must rise"),
        ({"infected_range": (0.5, 1.0)}, "infected_range must rise between 0 and 1"),
        ({"difficulty": "impossible"}, "difficulty"),
        ({"vignetting": 1.5}, "vignetting"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_settings_are_refused_with_what_was_wanted(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SimulationSettings.model_validate(wrong)


def test_a_well_that_the_plate_lacks_is_refused() -> None:
    with pytest.raises(SettingsError, match="no well H12"):
        simulate_well(small_plate(), "H12")
