"""Claim: the median over nucleus and ring tells infected cells from their neighbours, and dead nuclei are told.

    python benchmarks/antigen.py

Fields of untreated and of uninfected wells, of swanneck's simulator and of the second one in each of its styles.
Printed: the error of the infected fraction for each place and statistic (decision 8), with the threshold of its own
controls; then, for killed wells, how many nuclei are counted as cells before and after the condensed ones are left out.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import ndimage

from second_simulator import STYLES, paint_field, photograph
from swanneck.imaging.measurement import measure_cells
from swanneck.imaging.segmentation import NucleiSettings, estimate_nucleus_diameter, segment_cells, segment_nuclei
from swanneck.screening.condensed import CondensedSettings, find_condensed
from swanneck.screening.simulation import SimulationSettings, design_plate, simulate_well
from swanneck.statistics.thresholds import separate_groups

Field = tuple[str, NDArray[Any], NDArray[Any], int, int]
FIELDS = 12
Statistic = Callable[..., Any]


def own_fields() -> Iterator[Field]:
    """Give role, DNA, antigen, cells and infected cells of wells of swanneck's simulator."""
    design = design_plate(SimulationSettings(seed=31, fields=1, vignetting=0.0, out_of_focus=0.0))
    for role in ("positive_control", "negative_control"):
        for name in design.wells.filter(pl.col("role") == role)["well"].head(FIELDS):
            well = simulate_well(design, name)
            yield role, well.images["DNA"][0], well.images["Virus"][0], well.cells, well.infected


def second_fields(number: int) -> Iterator[Field]:
    """Give the same of the second simulator, in one of its styles, half of the cells infected."""
    rng = np.random.default_rng([41, number])
    style = STYLES[number]
    for role, share in (("positive_control", 0.0), ("negative_control", 0.5)):
        for _ in range(FIELDS):
            dna, virus, (cells, infected) = paint_field(rng, 1.0, share, style)
            images = (photograph(image, gain=gain, dark=dark, bits=style.bits, rng=rng)
                      for image, gain, dark in ((dna, 900, 60), (virus, 1200, 80)))  # fmt: skip
            yield role, *images, cells, infected


def errors(fields: list[Field]) -> dict[str, float]:
    """Give the error of the infected fraction by each place and statistic."""
    diameter = float(np.median([estimate_nucleus_diameter(dna) for _, dna, *_ in fields]))
    found: dict[str, dict[str, list[NDArray[Any]]]] = {}
    for role, dna, virus, *_ in fields:
        nuclei = segment_nuclei(dna, NucleiSettings(method="classical", diameter=diameter))
        places = {"outlined in antigen": segment_cells(virus, nuclei), "nucleus": nuclei,
                  "nucleus and ring": segment_cells(None, nuclei)}  # fmt: skip
        labels = np.arange(1, nuclei.max() + 1)
        light = virus - np.median(virus[places["outlined in antigen"] == 0])
        statistics: dict[str, Statistic] = {"mean": ndimage.mean, "median": ndimage.median}
        for place, region in places.items():
            for name, statistic in statistics.items():
                values = np.asarray(statistic(light, region, labels))
                found.setdefault(f"{place}, {name}", {}).setdefault(role, []).append(values)
    untreated = [(cells, infected) for role, *_, cells, infected in fields if role == "negative_control"]
    truth = sum(infected for _, infected in untreated) / sum(cells for cells, _ in untreated)
    groups = {name: [np.concatenate(roles[role]) for role in ("positive_control", "negative_control")]
              for name, roles in found.items()}  # fmt: skip
    return {name: separate_groups(*pair).share_high - truth for name, pair in groups.items()}


def killed_wells() -> tuple[int, int, int, int]:
    """Give living and dead cells of wells with fewer than 20 living ones, and nuclei counted before and after."""
    design = design_plate(SimulationSettings(seed=32, vignetting=0.0, out_of_focus=0.0, toxic_fraction=0.4))
    doomed = design.wells.filter((pl.col("role") == "sample") & (pl.col("survival") < 0.03))["well"].head(FIELDS)
    controls = design.wells.filter(pl.col("role") == "negative_control")["well"].head(FIELDS)
    tables, living, dead = [], 0, 0
    for name in (*controls, *doomed):
        well = simulate_well(design, name)
        living += well.cells * (name in doomed)
        dead += well.dead * (name in doomed)
        for number, dna in enumerate(well.images["DNA"], start=1):
            nuclei = segment_nuclei(dna, NucleiSettings(method="classical"))
            place = (pl.lit(name).alias("well"), pl.lit(number).alias("field"))
            tables.append(measure_cells({"DNA": dna}, nuclei).with_columns(place))
    cells = pl.concat(tables)
    layout = design.wells.select("well", "role")
    condensed = find_condensed(cells, layout, "DNA", CondensedSettings())
    counted = cells.filter(pl.col("well").is_in(doomed.implode())).height
    return living, dead, counted, counted - condensed.filter(pl.col("well").is_in(doomed.implode())).height


def main() -> None:
    columns = {"swanneck's": errors(list(own_fields()))}
    for number, style in enumerate(STYLES):
        kind = "confocal" if style.confocal else "widefield"
        columns[f"{style.antigen}, {kind}, {style.bits} bit"] = errors(list(second_fields(number)))
    print("error of the infected fraction in untreated wells")
    for plate, by_name in columns.items():
        print(f"  {plate}")
        for name, error in by_name.items():
            print(f"    {name:30s} {error:+.3f}")
    living, dead, before, after = killed_wells()
    print(f"killed wells: {living} living and {dead} condensed cells; counted {before}, without condensed ones {after}")


if __name__ == "__main__":
    main()
