"""Plate layouts: compounds at random places, controls spread over the plate, the edge kept free or for controls.

Random places keep the positions of a dose series from becoming its effect; wells at the edge dry and differ (Malo et
al. 2006, Nat Biotechnol 24:167; Lundholt et al. 2003, J Biomol Screen 8:566).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.foundation.wells import PLATE_FORMATS, is_edge_well, plate_wells

__all__ = ["LayoutDesign", "design_layout"]


class LayoutDesign(Settings):
    """What the layout should be.

    `doses_molar` from high to low; `replicates` per dose, on one plate. `negative_controls` and `positive_controls`
    per plate: 16 of each in 384 wells estimate Z' well enough (Zhang et al. 1999, J Biomol Screen 4:67 use 16 and
    more). `edge`: `empty` keeps the outermost wells free, `controls` lets controls stand there too, `used` all.
    """

    wells: int = 384
    doses_molar: tuple[float, ...] = (1e-5,)
    replicates: int = 1
    negative_controls: int = 16
    positive_controls: int = 16
    edge: Literal["empty", "controls", "used"] = "empty"
    seed: int = 1


def design_layout(compounds: Sequence[str], settings: LayoutDesign | None = None) -> pl.DataFrame:
    """Place compounds and controls on as few plates as needed: a table of the LAYOUT contract, with `replicate`.

    All doses and replicates of a compound stand on one plate. Controls are spread evenly: each stands in another part
    of the plate. Equal settings give equal layouts. Raises `SettingsError` where one compound does not fit a plate.

    >>> layout = design_layout([f"c{n}" for n in range(10)], LayoutDesign(wells=96, negative_controls=4,
    ...                        positive_controls=4))
    >>> layout["role"].value_counts(sort=True, name="n").rows()
    [('empty', 78), ('sample', 10), ('negative_control', 4), ('positive_control', 4)]
    """
    settings = settings or LayoutDesign()
    names = list(dict.fromkeys(compounds))
    if not names or len(names) < len(compounds):
        problem = "compounds need different names" if names else "there are no compounds to place"
        raise SettingsError(problem)
    if min(settings.doses_molar, default=0.0) <= 0 or settings.replicates < 1:
        problem = "doses must be positive and replicates at least 1"
        raise SettingsError(problem)
    wells = plate_wells(settings.wells)
    inner = [well for well in wells if settings.edge == "used" or not is_edge_well(well, PLATE_FORMATS[settings.wells])]
    control_wells = wells if settings.edge == "controls" else inner
    controls = settings.negative_controls + settings.positive_controls
    each = len(settings.doses_molar) * settings.replicates
    room = len(inner) - (controls if settings.edge != "controls" else max(0, controls - len(wells) + len(inner)))
    if room < each or len(control_wells) < controls:
        problem = f"one compound needs {each} wells, a plate has {max(room, 0)} left beside {controls} controls"
        raise SettingsError(problem, remedy="Fewer doses, replicates or controls, or a larger plate")
    rng = np.random.default_rng(settings.seed)
    per_plate = room // each
    plates = [names[start : start + per_plate] for start in range(0, len(names), per_plate)]
    parts = [
        _fill_plate(f"plate {number}", chosen, (wells, inner, control_wells), settings, rng=rng)
        for number, chosen in enumerate(plates, 1)
    ]
    return pl.concat(parts)


def _fill_plate(
    plate: str,
    compounds: Sequence[str],
    places: tuple[list[str], list[str], list[str]],
    settings: LayoutDesign,
    *,
    rng: np.random.Generator,
) -> pl.DataFrame:
    wells, inner, control_wells = places
    content: dict[str, tuple[str | None, float | None, str, int | None]] = {}
    edge_first = [well for well in control_wells if well not in set(inner)]
    roles = ["negative_control"] * settings.negative_controls + ["positive_control"] * settings.positive_controls
    # Interleaved roles along the plate: each control has neighbours of the other kind, over the whole plate.
    roles = [role for _, role in sorted(zip(_spread(roles), roles, strict=True))]
    pool = edge_first if len(edge_first) >= len(roles) else control_wells
    strata = np.array_split(np.array(pool), len(roles)) if roles else []
    for role, stratum in zip(roles, strata, strict=True):
        content[str(rng.choice(stratum))] = (None, None, role, None)
    free = [well for well in inner if well not in content]
    chosen = rng.permutation(np.array(free))
    treated = [
        (compound, dose, "sample", replicate)
        for compound in compounds
        for dose in settings.doses_molar
        for replicate in range(1, settings.replicates + 1)
    ]
    content |= {str(well): row for well, row in zip(chosen, treated, strict=False)}
    rows = [(plate, well, *content.get(well, (None, None, "empty", None))) for well in wells]
    schema = {
        "plate": pl.String, "well": pl.String, "compound": pl.String, "concentration_molar": pl.Float64,
        "role": pl.String, "replicate": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _spread(roles: Sequence[str]) -> list[float]:
    """Give each control its place in an order in which every role comes evenly."""
    counts: dict[str, int] = {}
    places = []
    for role in roles:
        counts[role] = counts.get(role, 0) + 1
        places.append((counts[role] - 0.5) / roles.count(role))
    return places
