"""A simulated plate of infected cells whose truth is known: compounds, doses, controls, wells.

The demo, the tests and the benchmarks run on it. Here the plate is designed (what each compound does, what lies
in each well, how many cells live there and how many are infected); `_painting` turns a well into pictures. A
plate is a pure function of its settings, and a well of its plate and its name: any order of work gives the same
pixels.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, model_validator

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.foundation.wells import PLATE_FORMATS, parse_well, plate_shape, plate_wells, well_position
from swanneck.screening._painting import FieldContent, Optics, paint_field

__all__ = [
    "CHANNELS", "CLASSES", "PlateDesign", "SimulatedWell", "SimulationSettings", "design_plate", "simulate_well",
]  # fmt: skip

CHANNELS = ("DNA", "Virus")
"""The two channels of a simulated plate: a nuclear dye and an antibody against a viral antigen."""

CLASSES = ("active", "active_toxic", "toxic", "inactive")
"""What a compound does: stops the infection, stops it and kills cells, only kills cells, or nothing."""

_PLATE = "P1"
_RESTING_DEATH = 0.01  # dead cells per living one in a healthy well

_DIFFICULTY: dict[str, dict[str, float]] = {
    "easy": {
        "vignetting": 0.1, "edge_effect": 0.0, "gradient": 0.0, "debris_fraction": 0.0, "noise": 0.5,
        "antigen_signal": 1200.0, "antigen_spread": 0.35, "cell_number_variation": 0.04,
        "infection_variation": 0.05, "dispensing_error": 0.0, "clumping": 0.3, "out_of_focus": 0.0,
    },
    "default": {},
    "hard": {
        "vignetting": 0.4, "edge_effect": 0.25, "gradient": 0.2, "debris_fraction": 0.05, "noise": 2.0,
        "antigen_signal": 450.0, "antigen_spread": 0.75, "cell_number_variation": 0.15,
        "infection_variation": 0.3, "dispensing_error": 0.1, "clumping": 1.5, "out_of_focus": 0.04,
    },
}  # fmt: skip


class SimulationSettings(Settings):
    """What a simulated plate is like.

    The defaults are meant to be as hard as life. `difficulty` chooses another set of the knobs below it; a knob
    that is named keeps the value given. Concentrations are in mol/L, lengths in micrometres, signals in camera
    counts, densities in cells per square millimetre. Variations are coefficients of variation between wells.

    The doses are those of published screens of antivirals: ten points below 50 µM, IC50 and CC50 censored there
    (Jeon et al. 2020, doi:10.1128/AAC.00819-20). Threefold (half-decade) dilution spans 4.3 decades, since
    potencies may lie anywhere. That wells differ by their place on the plate is described by Malo et al. 2006
    (doi:10.1038/nbt1186); the amounts, and the shares of the classes, are our choice.

    >>> SimulationSettings(difficulty="hard", noise=1.0).vignetting
    0.4
    """

    layout: Literal["dose-response"] = "dose-response"
    wells: int = 384
    fields: int = Field(default=2, ge=1, le=99)
    seed: int = Field(default=1, ge=0)
    difficulty: Literal["easy", "default", "hard"] = "default"

    image_height: int = Field(default=540, ge=64)
    image_width: int = Field(default=540, ge=64)
    pixel_size: float = Field(default=0.65, ge=0.2, le=2)

    doses: int = Field(default=10, ge=1)
    replicates: int = Field(default=1, ge=1)
    top_dose_molar: float = Field(default=50e-6, gt=0)
    dilution_factor: float = Field(default=3.0, gt=1)
    active_fraction: float = Field(default=0.5, ge=0, le=1)
    active_toxic_share: float = Field(default=0.2, ge=0, le=1, description="share of the actives that are also toxic")
    toxic_fraction: float = Field(default=0.12, ge=0, le=1)
    slope_range: tuple[float, float] = (0.7, 3.0)
    infected_range: tuple[float, float] = (0.3, 0.8)

    cell_density: float = Field(default=1250.0, gt=0)
    cell_number_variation: float = Field(default=0.10, ge=0)
    infection_variation: float = Field(default=0.15, ge=0, description="between wells, on the logit scale")
    dispensing_error: float = Field(default=0.04, ge=0)
    edge_effect: float = Field(default=0.12, ge=0, lt=1, description="loss of cells in the outermost wells")
    gradient: float = Field(default=0.08, ge=0, lt=1, description="change of cell number across half the plate")
    dead_remaining: float = Field(default=0.12, ge=0, le=1, description="killed cells that stay, condensed")

    clumping: float = Field(default=0.8, ge=0)
    antigen_signal: float = Field(default=750.0, gt=0)
    antigen_spread: float = Field(default=0.6, ge=0, description="between cells, on the log scale")
    debris_fraction: float = Field(default=0.02, ge=0, description="pieces of debris per cell of a healthy well")
    vignetting: float = Field(default=0.28, ge=0, lt=1, description="loss of light in the darkest corner")
    noise: float = Field(default=1.0, ge=0, description="1 is a good camera at a short exposure")
    out_of_focus: float = Field(default=0.01, ge=0, le=1, description="share of the fields")

    @model_validator(mode="before")
    @classmethod
    def _apply_difficulty(cls, values: Any) -> Any:
        preset = _DIFFICULTY.get(values.get("difficulty", "default"), {}) if isinstance(values, dict) else {}
        return {**preset, **values} if preset else values

    @model_validator(mode="after")
    def _check_plate(self) -> "SimulationSettings":
        if self.wells not in PLATE_FORMATS or self.wells < 24:
            problem = f"a simulated plate has 24, 48, 96, 384 or 1536 wells, got {self.wells}"
            raise ValueError(problem)
        if _compound_count(self) < 1:
            problem = f"{self.doses} doses x {self.replicates} replicates do not fit the sample wells of {self.wells}"
            raise ValueError(problem)
        for name, (low, high), limit in (("slope", self.slope_range, 100), ("infected", self.infected_range, 1)):
            if not 0 < low <= high < limit:
                problem = f"{name}_range must rise between 0 and {limit}, got {low} to {high}"
                raise ValueError(problem)
        return self

    @property
    def lowest_dose_molar(self) -> float:
        """The lowest dose of a series."""
        return float(_dose_series(self)[-1])


@dataclass(frozen=True)
class PlateDesign:
    """What lies in each well of a simulated plate, and what is true of it.

    `layout` is the plate map as a user would write it (`plate, well, compound, concentration, unit, role`, in µM).
    `truth` has one row per compound: `compound, class, ic50_molar, cc50_molar, slope`; potencies are null where
    there is none, and one slope serves both curves of a compound. `wells` has what each well is drawn from:
    `infected_fraction` and `survival` as the curves say, `cells_expected` per field and `infected_expected`
    after edge, gradient and variation between wells.
    """

    settings: SimulationSettings
    layout: pl.DataFrame
    truth: pl.DataFrame
    wells: pl.DataFrame


@dataclass(frozen=True)
class SimulatedWell:
    """A well's pictures (`images[channel][field - 1]`, uint16) and what was painted into them."""

    well: str
    images: dict[str, list[NDArray[np.uint16]]]
    cells: int
    infected: int
    dead: int
    debris: int


def design_plate(settings: SimulationSettings) -> PlateDesign:
    """Draw a plate's compounds and wells from its seed.

    Potencies are log-uniform: IC50 from a third of the lowest dose to three times the highest, CC50 from a
    hundredth of the highest dose to three times it. Infection falls along a four-parameter logistic curve from
    the untreated fraction to zero, the number of living cells along one from all to none.

    >>> design_plate(SimulationSettings(wells=96)).truth.height
    8
    """
    truth = _draw_compounds(settings)
    plan = _assign_wells(settings, truth["compound"].to_list())
    wells = _draw_wells(settings, plan.join(truth, on="compound", how="left", maintain_order="left"))
    layout = plan.select(
        pl.lit(_PLATE).alias("plate"),
        "well",
        "compound",
        (pl.col("dose_molar") * 1e6).round_sig_figs(6).alias("concentration"),
        pl.when(pl.col("dose_molar").is_not_null()).then(pl.lit("uM")).alias("unit"),
        "role",
    )
    return PlateDesign(settings, layout, truth, wells)


def simulate_well(design: PlateDesign, well: str) -> SimulatedWell:
    """Paint the fields of one well, with a random generator of its own.

    Raises `SettingsError` where the plate has no such well.

    >>> small = SimulationSettings(wells=24, doses=4, fields=1, image_height=64, image_width=96)
    >>> simulate_well(design_plate(small), "B02").images["DNA"][0].shape
    (64, 96)
    """
    settings = design.settings
    rows = design.wells.filter(pl.col("well") == parse_well(well))
    if rows.is_empty():
        problem = f"the simulated plate has no well {well}"
        raise SettingsError(problem)
    row = rows.row(0, named=True)
    rng = _generator(settings, "well", *well_position(well))
    content = FieldContent(
        cells=row["cells_expected"],
        infected_fraction=row["infected_expected"],
        dead=row["dead_expected"],
        debris=_cells_per_field(settings) * settings.debris_fraction,
        antigen_signal=settings.antigen_signal * row["staining"],
        antigen_spread=settings.antigen_spread,
        clumping=settings.clumping,
    )
    optics = Optics(
        height=settings.image_height,
        width=settings.image_width,
        pixel_size=settings.pixel_size,
        vignetting=settings.vignetting,
        noise=settings.noise,
        out_of_focus=settings.out_of_focus,
        seed=settings.seed,
    )
    fields = [paint_field(content, optics, rng) for _ in range(settings.fields)]
    return SimulatedWell(
        well=row["well"],
        images={"DNA": [field.dna for field in fields], "Virus": [field.virus for field in fields]},
        cells=sum(field.cells for field in fields),
        infected=sum(field.infected for field in fields),
        dead=sum(field.dead for field in fields),
        debris=sum(field.debris for field in fields),
    )


def _generator(settings: SimulationSettings, purpose: str, *place: int) -> np.random.Generator:
    key = ("compounds", "wells", "well").index(purpose)
    return np.random.default_rng(np.random.SeedSequence(settings.seed, spawn_key=(key, *place)))


def _dose_series(settings: SimulationSettings) -> NDArray[np.float64]:
    doses = settings.top_dose_molar / settings.dilution_factor ** np.arange(settings.doses)
    # Rounded as a plate map prints them, so that the map and the truth speak of the same doses.
    return np.array([float(f"{dose:.6g}") for dose in doses])


def _is_control_column(column: int, columns: int) -> bool:
    aside = max(1, columns // 12)
    return column < aside or column >= columns - aside


def _compound_count(settings: SimulationSettings) -> int:
    rows, columns = PLATE_FORMATS[settings.wells]
    samples = rows * (columns - 2 * max(1, columns // 12))
    return samples // (settings.doses * settings.replicates)


def _cells_per_field(settings: SimulationSettings) -> float:
    square_millimetres = settings.image_height * settings.image_width * (settings.pixel_size / 1000) ** 2
    return settings.cell_density * square_millimetres


def _draw_compounds(settings: SimulationSettings) -> pl.DataFrame:
    rng = _generator(settings, "compounds")
    count = _compound_count(settings)
    classes = _draw_classes(settings, count, rng)
    lowest, highest = settings.lowest_dose_molar, settings.top_dose_molar
    ic50 = _log_uniform(rng, lowest / 3, highest * 3, count)
    cc50 = _log_uniform(rng, highest / 100, highest * 3, count)
    kind = pl.col("class")
    return pl.DataFrame({
        "compound": [f"C{number:03d}" for number in range(1, count + 1)],
        "class": classes,
        "ic50_molar": ic50,
        "cc50_molar": cc50,
        "slope": _log_uniform(rng, *settings.slope_range, count),
    }).with_columns(
        pl.when(kind.is_in(["active", "active_toxic"])).then("ic50_molar").alias("ic50_molar"),
        pl.when(kind.is_in(["toxic", "active_toxic"])).then("cc50_molar").alias("cc50_molar"),
        pl.when(kind != "inactive").then("slope").alias("slope"),
    )  # fmt: skip


def _draw_classes(settings: SimulationSettings, count: int, rng: np.random.Generator) -> list[str]:
    both = settings.active_fraction * settings.active_toxic_share
    shares = np.array(
        [settings.active_fraction - both, both, min(settings.toxic_fraction, 1 - settings.active_fraction)]
    )
    # Evenly spaced draws: each plate has its share of each class to within one compound, and on average exactly.
    draws = (np.arange(count) + rng.random()) / count
    chosen = np.searchsorted(np.cumsum(shares), draws, side="right")
    return [CLASSES[index] for index in rng.permutation(chosen)]


def _log_uniform(rng: np.random.Generator, low: float, high: float, count: int) -> NDArray[np.float64]:
    return np.exp(rng.uniform(np.log(low), np.log(high), count))


def _assign_wells(settings: SimulationSettings, compounds: list[str]) -> pl.DataFrame:
    """Controls in the outer columns, alternating so that both see every row; each series along its row."""
    names = plate_wells(settings.wells)
    _, columns = PLATE_FORMATS[settings.wells]
    doses = _dose_series(settings)
    series = ((compound, dose) for compound in compounds for _ in range(settings.replicates) for dose in doses)
    plan: list[tuple[str, str | None, float | None, str]] = []
    for name in names:
        row, column = well_position(name)
        if _is_control_column(column, columns):
            negative = (row + column) % 2 == 0
            control = ("DMSO", None, "negative_control") if negative else ("mock", None, "positive_control")
            plan.append((name, *control))
        else:
            compound, dose = next(series, (None, None))
            plan.append((name, compound, dose, "sample" if compound else "empty"))
    schema = {"well": pl.String, "compound": pl.String, "dose_molar": pl.Float64, "role": pl.String}
    return pl.DataFrame(plan, schema=schema, orient="row")


def _draw_wells(settings: SimulationSettings, plan: pl.DataFrame) -> pl.DataFrame:
    rng = _generator(settings, "wells")
    count = plan.height
    untreated = rng.uniform(*settings.infected_range)
    density, pressure = _plate_effects(settings, plan["well"].to_list(), rng)
    dispensed = plan["dose_molar"].to_numpy() * np.exp(settings.dispensing_error * rng.standard_normal(count))
    role = plan["role"].to_numpy()
    survival = np.where(role == "empty", 0.0, _remaining(dispensed, plan, "cc50_molar"))
    infected = np.where(np.isin(role, ["positive_control", "empty"]), 0.0, untreated)
    infected = infected * _remaining(dispensed, plan, "ic50_molar")
    cells = _cells_per_field(settings) * density * _spread(rng, settings.cell_number_variation, count)
    # Between wells the infection varies on the logit scale: fractions stay fractions, zero stays zero.
    shift = np.exp(np.log(pressure) + settings.infection_variation * rng.standard_normal(count))
    dead = np.where(role == "empty", 0.0, cells * (_RESTING_DEATH + settings.dead_remaining * (1 - survival)))
    return plan.select("well", "compound", "dose_molar", "role").with_columns(
        pl.Series("survival", survival),
        pl.Series("infected_fraction", infected),
        pl.Series("cells_expected", cells * survival),
        pl.Series("infected_expected", infected * shift / (1 - infected + infected * shift)),
        pl.Series("dead_expected", dead),
        pl.Series("staining", _spread(rng, settings.cell_number_variation / 2, count)),
    )


def _remaining(dose: NDArray[np.float64], plan: pl.DataFrame, potency: str) -> NDArray[np.float64]:
    """What is left at a dose, along 1 / (1 + (dose / potency) ** slope); all of it where there is no potency."""
    ratio = dose / plan[potency].to_numpy()
    left = 1 / (1 + ratio ** plan["slope"].to_numpy())
    return np.where(np.isnan(left), 1.0, left)


def _spread(rng: np.random.Generator, variation: float, count: int) -> NDArray[np.float64]:
    """Log-normal factors of mean one."""
    sigma = np.sqrt(np.log1p(variation**2))
    return np.asarray(np.exp(sigma * rng.standard_normal(count) - sigma**2 / 2))


def _plate_effects(
    settings: SimulationSettings, wells: list[str], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each well's factor on the number of cells and on the odds of infection.

    The outermost wells evaporate: they lose `edge_effect` of their cells and of their odds, the next ring a
    quarter of it. A gradient runs across the plate in a drawn direction, as from a tilted dispenser.
    """
    rows, columns = plate_shape(wells)
    position = np.array([well_position(well) for well in wells])
    ring = np.minimum(position, np.array([rows - 1, columns - 1]) - position).min(axis=1)
    edge = 1 - settings.edge_effect * np.choose(np.minimum(ring, 2), [1.0, 0.25, 0.0])
    angle = rng.uniform(0, 2 * np.pi)
    centred = 2 * position / np.array([rows - 1, columns - 1]) - 1
    along = (centred @ np.array([np.sin(angle), np.cos(angle)])) / np.sqrt(2)
    return edge * (1 + settings.gradient * along), edge * (1 - settings.gradient * along)
