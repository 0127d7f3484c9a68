"""Look at a folder of images, say what was recognised, and write a campaign file to go on from."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError, InputError, SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.imaging.readers import (
    PlateImages,
    guess_pattern,
    read_plane,
    read_plates,
    recognise_reader,
    refine_guess,
)
from swanneck.imaging.segmentation import NucleiSettings, segment_nuclei
from swanneck.screening.layouts import read_layout
from swanneck.workflows.plate_estimates import sample_fields

__all__ = ["InitialisedCampaign", "init_campaign"]

_NUCLEI_WORDS = re.compile(r"dna|dapi|hoechst|nucle|draq|h33342|ch_?blue|blue", re.IGNORECASE)
_PATHOGEN_WORDS = re.compile(r"vir|antigen|patho|parasit|bact|spike|nucleocap|anti|infect|gfp|488", re.IGNORECASE)
_CELL_WORDS = re.compile(r"cell|cyto|membrane|actin|tubulin|phalloidin|mask", re.IGNORECASE)
_LAYOUT_ENDINGS = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class InitialisedCampaign:
    """The campaign file that was written, what was recognised, and what is left for the user to fill in."""

    path: Path
    understood: list[str]
    to_do: list[str]


def init_campaign(folder: Path, *, out: Path | None = None, force: bool = False) -> InitialisedCampaign:
    """Recognise the images in a folder and write `campaign.toml`, and a plate map to fill in where there is none.

    The file goes to `out`, or into the folder itself. Raises `InputError` where no plate of images is recognised,
    `SettingsError` where a campaign file is there already and `force` is not set.
    """
    folder, out = Path(folder), Path(out or folder)
    if not folder.is_dir():
        problem = "there is no such folder"
        raise InputError(problem, where=str(folder), remedy="Give the folder that holds the images of a plate")
    path = out / "campaign.toml"
    if path.exists() and not force:
        problem = "there is a campaign file already"
        raise SettingsError(problem, where=str(path), remedy="Use it, or replace it with --force")
    plates, keys, understood, to_do = _recognise(folder)
    roles = _guess_roles(plates[0], understood)
    kind = "infection" if "pathogen" in roles.values() else "cell_count"
    understood.append(f"assay: {kind}, a guess from the channels")
    layout = _find_layout(folder, out, plates)
    if layout is None:
        layout = out / "platemap.csv"
        write_atomically(layout, _blank_layout(plates).encode())
        to_do.append(f"fill in {layout}: compound, concentration, unit and role of each well")
    understood.append(f"plate map: {layout}")
    images = [f"folder = {_quote(_relative(folder, out))}", *keys]
    text = _campaign_text(folder.resolve().name, "\n".join(images), (roles, kind), _relative(layout, out))
    write_atomically(path, text.encode())
    return InitialisedCampaign(path, understood, to_do)


def _recognise(folder: Path) -> tuple[list[PlateImages], list[str], list[str], list[str]]:
    """Give the plates, the keys by which a campaign finds them again, what was understood and what is to do."""
    reader = recognise_reader(folder)
    if reader != "pattern":
        plates = read_plates(folder, reader=reader)
        return plates, [f"reader = {_quote(reader)}"], [f"plate {one.name}: {one.source}" for one in plates], []
    guess = refine_guess(folder, guess_pattern(folder))
    keys, to_do = [f"pattern = {_quote(guess.pattern)}"], []
    if guess.channels and "{channel}" not in guess.pattern:
        keys.append(f"channels = [{', '.join(_quote(name) for name in guess.channels)}]")
        # Where the names tell no channel, their names here are ours: the user will have better ones.
        if len(guess.channels) > 1:
            listed = ", ".join(guess.channels)
            to_do.append(f"give the channels ({listed}) their names, in the order they were taken: images.channels")
    plates = read_plates(folder, pattern=guess.pattern, channels=guess.channels or None)
    return plates, keys, [guess.reason, f"pattern {guess.pattern} (such as {guess.example})"], to_do


def _guess_roles(plate: PlateImages, understood: list[str]) -> dict[str, str]:
    """Guess what each channel shows: from its name, else the nuclei from the roundness of what is in it."""
    channels = list(plate.channels)
    named = [name for name in channels if _NUCLEI_WORDS.search(name)]
    nuclei = named[0] if named else _roundest(plate)
    how = "by its name" if named else "its objects are the roundest" if len(channels) > 1 else "the only channel"
    understood.append(f"channel {nuclei} shows nuclei ({how})")
    roles = {nuclei: "nuclei"}
    others = [name for name in channels if name != nuclei]
    stains = [name for name in others if _CELL_WORDS.search(name)]
    targets = [name for name in others if _PATHOGEN_WORDS.search(name)] or [
        name for name in others if name not in stains
    ]
    for name in others:
        roles[name] = "pathogen" if targets and name == targets[0] else "cell" if name in stains else "any"
    return {name: roles[name] for name in channels}


def _roundest(plate: PlateImages) -> str:
    if len(plate.channels) == 1:
        return plate.channels[0]
    scores = {name: _roundness(plate, name) for name in plate.channels}
    return max(plate.channels, key=lambda name: scores[name])


def _roundness(plate: PlateImages, channel: str) -> float:
    """Median share of its bounding circle's area that an object fills, over a few fields, weighted by area."""
    shares: list[float] = []
    for field in sample_fields(plate, 4):
        plane = plate.fields[field].get(channel)
        if plane is None:
            continue
        try:
            labels = segment_nuclei(read_plane(plane), NucleiSettings(method="classical"))
        except ImageError:
            continue
        shares += _circle_shares(labels)
    return float(np.mean(shares)) if len(shares) >= 5 else 0.0


def _circle_shares(labels: NDArray[np.int32]) -> list[float]:
    rows, columns = np.nonzero(labels)
    if not rows.size:
        return []
    numbers = labels[rows, columns]
    area = np.bincount(numbers).astype(np.float64)
    known = area > 0
    middle = [np.bincount(numbers, weights=place)[known] / area[known] for place in (rows, columns)]
    index = np.cumsum(known)[numbers] - 1
    far = np.zeros(int(known.sum()))
    np.maximum.at(far, index, np.hypot(rows - middle[0][index], columns - middle[1][index]) + 0.5)
    return list(area[known] / (np.pi * far**2))


def _find_layout(folder: Path, out: Path, plates: list[PlateImages]) -> Path | None:
    """Look for a plate map beside the images whose wells are those of the images."""
    wells = {well for plate in plates for well in plate.wells}
    best: tuple[float, Path] | None = None
    for place in dict.fromkeys((out, folder, folder.parent)):
        for path in sorted(place.iterdir()) if place.is_dir() else []:
            if path.suffix.lower() not in _LAYOUT_ENDINGS or path.name.startswith("truth"):
                continue
            try:
                table = read_layout(path).table
            except (InputError, SettingsError):
                continue  # some other table
            share = len(wells & set(table["well"])) / len(wells)
            if share > 0.5 and (best is None or share > best[0]):
                best = (share, path)
    return best[1] if best else None


def _blank_layout(plates: list[PlateImages]) -> str:
    rows = [{"plate": plate.name, "well": well} for plate in plates for well in plate.wells]
    blank = {name: pl.lit("") for name in ("compound", "concentration", "unit", "role")}
    return pl.DataFrame(rows).with_columns(**blank).write_csv()


def _campaign_text(name: str, images: str, assay: tuple[dict[str, str], str], layout: str) -> str:
    roles, kind = assay
    channels = "\n".join(f"{_quote(channel)} = {_quote(role)}" for channel, role in roles.items())
    return f"""\
name = {_quote(name)}

[images]
{images}

# What each channel shows: nuclei, cell (outlines cell bodies), pathogen, marker (of a translocation assay), any.
[channels]
{channels}

# infection (share of infected cells), intracellular_parasites, coculture ... or cell_count: docs/explanation/assays.md
[assay]
kind = {_quote(kind)}

# How nuclei are found: classical (fast, always there) or learned (with the extra [learned]; several times slower).
[segmentation]
nuclei_method = "classical"

# One row per well: well, compound, concentration, unit, role (sample, negative_control, positive_control, empty).
[layout]
file = {_quote(layout)}
"""


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
