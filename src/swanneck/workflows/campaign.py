"""The campaign file: what the user says about a screen, in TOML, checked before any work.

    name = "vero-e6 antivirals"

    [images]
    folder = "images"
    pattern = "{well}_f{field}_{channel}.tif"

    [channels]
    DNA = "nuclei"
    Virus = "pathogen"

    [assay]
    kind = "infection"

    [layout]
    file = "platemap.csv"

Paths are relative to the campaign file. Everything else has a default; an unknown key is refused with its line.
"""

import difflib
import reprlib
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.imaging.measurement.settings import MODULES, Module
from swanneck.imaging.segmentation.spheroids import SpheroidSettings
from swanneck.imaging.segmentation.spots import BacteriaSettings, HostSettings, SpotSettings
from swanneck.imaging.segmentation.syncytia import SyncytiumSettings
from swanneck.screening.assay_catalogue import ASSAYS
from swanneck.screening.assays import AssaySettings
from swanneck.screening.condensed import CondensedSettings
from swanneck.screening.dose_response import CurveSettings
from swanneck.screening.field_quality import FieldSettings
from swanneck.screening.hits import HitRule
from swanneck.screening.normalisation import Position
from swanneck.screening.quality import QualitySettings
from swanneck.screening.wells import WellSettings
from swanneck.workflows.candidate_settings import EvidenceFiles
from swanneck.workflows.extra_files import ExtraFiles

__all__ = ["Campaign", "ChannelRole", "load_campaign"]

ChannelRole = Literal["nuclei", "cell", "pathogen", "marker", "any"]
"""What a channel shows. `cell` outlines cell bodies; `marker` is the protein of a translocation assay."""


class ImageSettings(Settings):
    """Where the images are, and how to read them.

    They are found by the `pattern` of their names, or read by a vendor's `reader`; where both are absent, it is
    recognised who wrote them. `plate` names the plate where nothing else does; `z` is `first`, `max`, `best` (the
    sharpest of a stack) or a number.
    """

    folder: Path = Path("images")
    pattern: str | None = None
    reader: str | None = None
    plate: str | None = None
    channels: list[str] | dict[str, str] | None = None
    z: int | Literal["first", "max", "best"] = "first"


class LayoutSettings(Settings):
    """Where the plate map is, the unit of its doses where it has none, and what its own words for roles mean."""

    file: Path
    unit: str | None = None
    roles: dict[str, str] = Field(default_factory=dict)


class SegmentationSettings(Settings):
    """The method for nuclei, their diameter in pixels (None: estimated once per plate), the channel of cell outlines.

    The method is named, never "the best that is installed": a campaign has the same results on every machine. Without
    `cells_from`, cells are outlined in the channel with the role `cell`, or of a translocation marker; else a cell
    is a ring around its nucleus.
    """

    nuclei_method: str = "classical"
    nucleus_diameter: float | None = Field(default=None, gt=2)
    cells_from: str | None = None
    hosts: HostSettings = HostSettings()
    spots: SpotSettings = SpotSettings()
    bacteria: BacteriaSettings = BacteriaSettings()
    syncytia: SyncytiumSettings = SyncytiumSettings()
    spheroids: SpheroidSettings = SpheroidSettings()

    @field_validator("nuclei_method")
    @classmethod
    def _is_named(cls, method: str) -> str:
        if method == "best":
            problem = "a campaign names one method (classical, learned ...): its results must not depend on the machine"
            raise ValueError(problem)
        return method


class AnalysisSettings(Settings):
    """Settings of what follows the cells: fields, wells, quality, curves, hits.

    `position` takes away what the place of a well adds, before normalisation. Through samples (`median_polish`,
    `loess`, `edge_diffusion`) it is for screens of single doses: a series of doses along a row is such an effect.
    """

    fields: FieldSettings = FieldSettings()
    condensed: CondensedSettings = CondensedSettings()
    wells: WellSettings = WellSettings()
    quality: QualitySettings = QualitySettings()
    position: Position = "none"
    curves: CurveSettings = CurveSettings()
    hits: HitRule = HitRule()


class Campaign(Settings):
    """Everything a screen needs to know. `folder` is where the campaign file lies.

    `measure` says what is measured of each cell: the few columns that every assay needs, CellProfiler's whole set, or
    the modules named. `extras` are further files of the screen, `candidates` those that known drugs are listed in.
    """

    name: str
    images: ImageSettings
    channels: dict[str, ChannelRole]
    layout: LayoutSettings
    assay: AssaySettings = AssaySettings()
    segmentation: SegmentationSettings = SegmentationSettings()
    illumination: Literal["plate", "none"] = "plate"
    measure: Literal["standard", "full"] | tuple[Module, ...] = "standard"
    analysis: AnalysisSettings = AnalysisSettings()
    extras: ExtraFiles = ExtraFiles()
    candidates: EvidenceFiles | None = None
    folder: Path = Field(default=Path(), exclude=True)

    @field_validator("channels")
    @classmethod
    def _one_nuclei_channel(cls, channels: dict[str, ChannelRole]) -> dict[str, ChannelRole]:
        nuclei = [name for name, role in channels.items() if role == "nuclei"]
        if len(nuclei) != 1:
            problem = f"one channel must have the role 'nuclei', got {len(nuclei)}"
            raise ValueError(problem)
        return channels

    @model_validator(mode="before")
    @classmethod
    def _take_the_assays_defaults(cls, values: Any) -> Any:
        """Spheroids are few in a well, and in the middle of every field, where they would be taken for the lamp."""
        assay = values.get("assay") if isinstance(values, dict) else None
        kind = assay.get("kind") if isinstance(assay, dict) else getattr(assay, "kind", None)
        if not isinstance(kind, str) or kind not in ASSAYS or ASSAYS[kind].objects != "spheroids":
            return values
        analysis = values.get("analysis", {})
        if isinstance(analysis, dict) and isinstance(analysis.get("wells", {}), dict):
            analysis = analysis | {"wells": {"minimum_cells": 1} | analysis.get("wells", {})}
        return {"illumination": "none"} | values | {"analysis": analysis}

    @field_validator("measure", mode="before")
    @classmethod
    def _modules_exist(cls, measure: object) -> object:
        unknown = [name for name in measure if name not in MODULES] if isinstance(measure, list | tuple) else []
        if unknown:
            close = difflib.get_close_matches(str(unknown[0]), MODULES, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(MODULES)}"
            problem = f"there is no module {unknown[0]!r}; {hint}"
            raise ValueError(problem)
        return measure

    @model_validator(mode="after")
    def _assay_has_its_channel(self) -> "Campaign":
        assay = self.assay.assay
        if assay.needs_channel and self.target_channel is None:
            problem = f"channels: the {self.assay.kind} assay needs a channel with the role {assay.roles[0]!r}"
            raise ValueError(problem)
        if self.segmentation.cells_from not in (None, *self.channels):
            problem = f"segmentation.cells_from: {self.segmentation.cells_from!r} is no channel of [channels]"
            raise ValueError(problem)
        return self

    @property
    def nuclei_channel(self) -> str:
        """The channel that shows nuclei."""
        return next(name for name, role in self.channels.items() if role == "nuclei")

    @property
    def target_channel(self) -> str | None:
        """The channel that the assay reads: the pathogen's or the marker's; none for counting cells."""
        for role in self.assay.assay.roles:
            for name, one in self.channels.items():
                if one == role:
                    return name
        return None

    @property
    def cell_channel(self) -> str | None:
        """The channel that cell bodies are outlined in; none where no channel shows every cell.

        A pathogen's channel shows infected cells, which would take the pixels of their dark neighbours; so would a
        marker of one of two populations. A translocation marker is in every cell.
        """
        stained = next((name for name, role in self.channels.items() if role == "cell"), None)
        marker = self.target_channel if self.assay.kind == "translocation" else None
        return self.segmentation.cells_from or stained or marker

    @property
    def modules(self) -> tuple[Module, ...]:
        """The modules that are measured beside the columns that every screen has."""
        if isinstance(self.measure, str):
            return MODULES if self.measure == "full" else ()
        return self.measure

    @property
    def image_folder(self) -> Path:
        """The folder of images, resolved against the campaign's."""
        return self.folder / self.images.folder

    @property
    def results(self) -> Path:
        """Where everything that is computed goes."""
        return self.folder / "results"


def load_campaign(path: Path) -> Campaign:
    """Read and check a campaign file.

    Raises `SettingsError` naming the file, the key and its line.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "campaign.toml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        problem = "there is no such campaign file"
        remedy = "Make one with: swanneck screen init FOLDER"
        raise SettingsError(problem, where=str(path), remedy=remedy) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or error
        problem = f"the campaign file cannot be read: {reason}"
        raise SettingsError(problem, where=str(path)) from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = f"the campaign file is not valid TOML: {error}"
        raise SettingsError(problem, where=str(path), remedy="Texts stand in quotes, tables in [brackets]") from error
    if "folder" in content:
        problem = "folder: no such key at the top of the file"
        remedy = "Say where the images are by folder under [images]"
        raise SettingsError(problem, where=_place(path, text, ["folder"]), remedy=remedy)
    try:
        return Campaign(**content, folder=path.parent)
    except ValidationError as error:
        raise _explain(error, path, text, content) from error


def _explain(error: ValidationError, path: Path, text: str, content: dict[str, Any]) -> SettingsError:
    """Say what is wrong with the first key that is, in the words of the file."""
    first = error.errors()[0]
    kind, keys = first["type"], _keys_of(first["loc"], content)
    message = first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    remedy = ""
    if kind == "missing":
        message = "this key is missing"
        remedy = f"Write it under [{'.'.join(keys[:-1])}]" if keys[1:] else "Write it into the file"
    elif kind == "extra_forbidden":
        message = "no such key"
        close = difflib.get_close_matches(keys[-1], _known_keys(keys[:-1]), n=1)
        remedy = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(_known_keys(keys[:-1]))}"
    elif kind != "value_error":
        message += f", got {reprlib.repr(first['input'])}"
    if keys:
        message = f"{'.'.join(keys)}: {message}"
    return SettingsError(message, where=_place(path, text, keys or message.split(":")[0].split(".")), remedy=remedy)


def _keys_of(location: tuple[int | str, ...], content: dict[str, Any]) -> list[str]:
    """Give the keys of an error's place; pydantic adds what a value may be (`int`) where there are several kinds."""
    keys: list[str] = []
    node: object = content
    for part in location:
        if not isinstance(node, dict) and keys:
            break
        keys.append(str(part))
        node = node.get(part) if isinstance(node, dict) else None
    return keys


def _known_keys(table: list[str]) -> list[str]:
    model: Any = Campaign
    for key in table:
        model = model.model_fields[key].annotation
    return [name for name in model.model_fields if name != "folder" or model is not Campaign]


def _place(path: Path, text: str, keys: list[str]) -> str:
    line = _line_of(text, keys)
    return f"{path}, line {line}" if line else str(path)


def _line_of(text: str, keys: list[str]) -> int | None:
    """Find the line where a key is set, or its table's line where the key is missing."""
    table: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = [part.strip().strip("\"'") for part in stripped.strip("[]").split(".")]
            path = table
        elif "=" in stripped and not stripped.startswith("#"):
            path = [*table, *(part.strip().strip("\"'") for part in stripped.split("=")[0].split("."))]
        else:
            continue
        depth = len(path) if path == keys[: len(path)] else 0
        if depth and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None
