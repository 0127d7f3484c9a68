"""Each named assay from images to hits on a small simulated plate whose truth is known."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.screening.simulated_assays import AssayFieldSettings, simulate_assay_field
from swanneck.workflows import screen_plate, tune_campaign

ROLES = {
    "intracellular_parasites": {"DNA": "nuclei"},
    "intracellular_bacteria": {"DNA": "nuclei", "Bacteria": "pathogen"},
    "cell_survival": {"DNA": "nuclei"},
    "foci": {"DNA": "nuclei", "Virus": "pathogen"},
    "syncytia": {"DNA": "nuclei", "Cytoplasm": "cell"},
    "coculture": {"DNA": "nuclei", "Tumour": "marker"},
    "spheroid": {"DNA": "nuclei", "Dead": "marker"},
}
DOSES = {"C02": (0.01, 0.0), "C03": (0.1, 0.1), "C04": (1.0, 0.5), "C05": (10.0, 0.9), "C06": (100.0, 1.0)}
"""Concentration in µM and effect: half of it at 1 µM."""


@dataclass(frozen=True)
class Plate:
    """A screened plate, and the truth of each of its wells."""

    wells: pl.DataFrame
    curves: pl.DataFrame
    truth: dict[str, dict[str, float]]

    def of(self, readout, role=None):
        table = self.wells if role is None else self.wells.filter(pl.col("role") == role)
        return dict(table.select("well", readout).rows())


def write_plate(folder, kind, **settings) -> dict[str, dict[str, float]]:
    """Three untreated wells, three with the full effect, one compound in five doses."""
    effects = {"A01": 0.0, "A02": 0.0, "A03": 0.0, "B01": 1.0, "B02": 1.0, "B03": 1.0}
    effects |= {well: effect for well, (_, effect) in DOSES.items()}
    (folder / "images").mkdir(parents=True)
    truth, rows = {}, ["well,compound,concentration,unit,role"]
    for number, (well, effect) in enumerate(effects.items()):
        look = AssayFieldSettings(size=360, diameter=20, cells=50, effect=effect, **settings)
        field = simulate_assay_field(kind, look, np.random.default_rng(number))
        truth[well] = field.truth
        for channel, image in field.images.items():
            tifffile.imwrite(folder / "images" / f"{well}_{channel}.tif", image)
        role = {"A": "negative_control", "B": "positive_control"}.get(well[0], "sample")
        rows.append(f"{well},drug,{DOSES[well][0]},uM,{role}" if role == "sample" else f"{well},,,,{role}")
    channels = "\n".join(f'{name} = "{role}"' for name, role in ROLES[kind].items())
    (folder / "platemap.csv").write_text("\n".join(rows) + "\n")
    (folder / "campaign.toml").write_text(
        f'name = "{kind}"\n[images]\npattern = "{{well}}_{{channel}}.tif"\n[channels]\n{channels}\n'
        f'[assay]\nkind = "{kind}"\n[layout]\nfile = "platemap.csv"\n'
    )
    return truth


@pytest.fixture(scope="module")
def plate_of(tmp_path_factory):
    made = {}

    def screen(kind) -> Plate:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            truth = write_plate(folder, kind)
            tables = screen_plate(folder, workers=1).tables
            made[kind] = Plate(tables.wells, tables.curves, truth)
        return made[kind]

    return screen


def check(plate, readout, expected, tolerance) -> None:
    """Compare a readout of all wells with their truth."""
    found = plate.of(readout)
    wanted = {well: expected(truth) for well, truth in plate.truth.items()}
    assert found == pytest.approx(wanted, **tolerance)


@pytest.mark.parametrize("kind", ROLES)
def test_every_assay_tells_its_controls_apart_and_finds_the_potency(kind, plate_of) -> None:
    curve = plate_of(kind).curves.filter(pl.col("role") == "efficacy").row(0, named=True)
    assert curve["class"] in ("full", "partial")
    assert 2e-7 < curve["ec50_molar"] < 5e-6


def test_parasites_and_infected_cells_are_counted(plate_of) -> None:
    plate = plate_of("intracellular_parasites")
    check(plate, "cell_count", lambda truth: truth["cells"], {"abs": 1})
    check(plate, "infected_fraction", lambda truth: truth["infected"] / truth["cells"], {"abs": 0.05})
    found, truth = plate.of("parasites_per_infected_cell", "negative_control"), plate.truth
    assert found == pytest.approx({well: truth[well]["median"] for well in found}, rel=0.25)


def test_bacteria_cover_the_area_that_was_painted(plate_of) -> None:
    plate = plate_of("intracellular_bacteria")
    check(plate, "bacterial_area", lambda truth: truth["area_per_cell"], {"rel": 0.15, "abs": 1})
    check(plate, "infected_fraction", lambda truth: truth["infected"] / truth["cells"], {"abs": 0.08})


def test_survivors_are_counted_and_the_untreated_are_dead(plate_of) -> None:
    plate = plate_of("cell_survival")
    check(plate, "cell_count", lambda truth: truth["cells"], {"abs": 1})
    assert plate.of("cell_count_inhibition")["C06"] == pytest.approx(100, abs=15)


def test_foci_are_counted(plate_of) -> None:
    plate = plate_of("foci")
    check(plate, "foci", lambda truth: truth["foci"], {"abs": 0.1})
    check(plate, "infected_fraction", lambda truth: truth["infected"] / truth["cells"], {"abs": 0.03})


def test_fused_nuclei_are_counted(plate_of) -> None:
    plate = plate_of("syncytia")
    check(plate, "syncytial_fraction", lambda truth: truth["fused"] / truth["nuclei"], {"abs": 0.05})
    check(plate, "syncytia", lambda truth: truth["syncytia"], {"abs": 0.35})


def test_both_populations_are_counted_and_one_is_spared(plate_of) -> None:
    plate = plate_of("coculture")
    check(plate, "marked_cells", lambda truth: truth["marked"], {"abs": 1})
    check(plate, "unmarked_cells", lambda truth: truth["unmarked"], {"abs": 1})
    assert plate.of("unmarked_cells_viability")["C06"] == pytest.approx(100, abs=20)


def test_spheroids_are_measured_though_they_are_few(plate_of) -> None:
    plate = plate_of("spheroid")
    check(plate, "spheroid_diameter", lambda truth: truth["diameter"], {"rel": 0.03})
    check(plate, "spheroid_volume", lambda truth: truth["volume"], {"rel": 0.08})
    assert set(plate.of("status").values()) == {"ok"}


@pytest.mark.parametrize(
    ("kind", "layer"), [("intracellular_parasites", "spots"), ("intracellular_bacteria", "bacteria"), ("foci", "cells"),
                        ("spheroid", "spheroids")],
)  # fmt: skip
def test_what_an_assay_finds_can_be_looked_at_before_the_run(kind, layer, tmp_path) -> None:
    write_plate(tmp_path / "plate", kind)
    page = tune_campaign(tmp_path / "plate", wells=1).read_text(encoding="utf-8")
    assert page.count(f'<img class="layer {layer}"') == 8
