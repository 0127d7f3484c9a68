"""Draw the pictures of docs/explanation/assays.md anew: python docs/images/draw_assay_pictures.py

Each shows two simulated fields, untreated and treated, with what the assay finds in them.
"""

from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.segmentation import NucleiSettings
from swanneck.imaging.thumbnails import ChannelDisplay, choose_display, draw_field
from swanneck.screening.assays import AssaySettings, complete_cells, cut_column
from swanneck.screening.simulated_assays import AssayFieldSettings, SimulatedField, simulate_assay_field
from swanneck.workflows.campaign import Campaign
from swanneck.workflows.field_objects import FieldObjects, find_objects, measure_objects, plan_objects

FOLDER = Path(__file__).parent
LOOK = AssayFieldSettings(size=300, diameter=22, cells=34, infected=0.35, noise=0.4)
ROLES = {"DNA": "nuclei", "Virus": "pathogen", "Bacteria": "pathogen", "Cytoplasm": "cell", "Tumour": "marker",
         "Dead": "marker"}  # fmt: skip
COLOURS = {"DNA": "blue", "Virus": "green", "Bacteria": "green", "Cytoplasm": "green", "Tumour": "green", "Dead": "red"}
THRESHOLDS = {
    "intracellular_parasites": 4,
    "intracellular_bacteria": 40,
    "foci": 0.005,
    "coculture": 0.005,
    "syncytia": 2,
}
KINDS = (
    "intracellular_parasites",
    "intracellular_bacteria",
    "cell_survival",
    "foci",
    "syncytia",
    "coculture",
    "spheroid",
)


def draw(kind: str) -> NDArray[np.uint8]:
    """Draw both fields of an assay side by side."""
    fields = [simulate_assay_field(kind, LOOK.model_copy(update={"effect": effect}), np.random.default_rng(5))
              for effect in (0.0, 0.8)]  # fmt: skip
    channels = list(fields[0].images)
    display = {name: choose_display([field.images[name] for field in fields], COLOURS[name]) for name in channels}
    if channels == ["DNA"]:
        display["DNA"] = ChannelDisplay(display["DNA"].low, display["DNA"].high, "white")
    parts = [draw_one(kind, field, display) for field in fields]
    gap = np.full((parts[0].shape[0], 8, 3), 255, np.uint8)
    return np.concatenate([parts[0], gap, parts[1]], axis=1)


def draw_one(kind: str, field: SimulatedField, display: dict[str, ChannelDisplay]) -> NDArray[np.uint8]:
    """Outline the nuclei in white and in yellow the cells that the assay is about; circles are parasites."""
    campaign = Campaign.model_validate({
        "name": kind, "images": {}, "layout": {"file": "none.csv"}, "assay": {"kind": kind},
        "channels": {name: ROLES[name] for name in field.images},
    })  # fmt: skip
    plan = plan_objects(campaign)
    found = find_objects(field.images.__getitem__, plan, NucleiSettings(method="classical", diameter=LOOK.diameter))
    chosen = np.isin(found.bodies, choose_cells(kind, field, found, campaign) + 1)
    outlines = [(np.where(chosen, found.bodies, 0).astype(np.int32), "yellow"), (found.nuclei, "white")]
    if found.spots is not None:
        outlines = [(found.spots.circles(found.bodies.shape, 0.15 * LOOK.diameter), "cyan"), *outlines]
    if found.bacteria is not None:
        outlines = [(found.bacteria.astype(np.int32), "cyan"), *outlines]
    if kind == "spheroid":
        outlines = [(found.nuclei, "yellow")]
    return draw_field(field.images, display, size=LOOK.size, outlines=outlines)


def choose_cells(kind: str, field: SimulatedField, found: FieldObjects, campaign: Campaign) -> NDArray[np.intp]:
    """Choose the cells that are infected, in foci, fused or marked, as the assay says."""
    settings = AssaySettings(kind=kind)
    column = cut_column(settings, campaign.target_channel)
    if column is None:
        return np.zeros(0, np.intp)
    cells = measure_objects(field.images, found, plan_objects(campaign), {})
    cells = complete_cells(cells.insert_column(0, cells["cell"].alias("well") * 0).with_columns(field=1),
                           settings, campaign.target_channel, THRESHOLDS[kind])  # fmt: skip
    if kind == "foci":
        return np.flatnonzero(cells["Cells_Children_Focus_Count"].to_numpy() > 0)
    return np.flatnonzero(cells[column].to_numpy() > THRESHOLDS[kind])


if __name__ == "__main__":
    for name in KINDS:
        (FOLDER / f"assay_{name}.png").write_bytes(bytes(imagecodecs.png_encode(draw(name) & 0xF0, level=9)))
