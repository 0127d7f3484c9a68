"""Images found by the pattern of their names: `{plate}/{well}_s{field}_w{channel}.tif`.

Placeholders: `{plate}`, `{well}` (or `{row}` and `{column}`), `{field}`, `{channel}`, `{z}`, `{time}` and `{index}`,
the running number of files that were taken one after the other with the channels cycling fastest. `{channel:3}` takes
just three characters, where placeholders touch. `?` stands for one character, `*` for any text within a name, `**` for
any text with folders; all else is literal, and only the extension may differ in case.
"""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.wells import parse_well, well_name
from swanneck.imaging.readers.plate_images import FieldKey, ImageFile, ImagePlane, PlateImages, ZChoice

__all__ = [
    "DEFAULT_CHANNEL",
    "PLACEHOLDERS",
    "compile_pattern",
    "list_files",
    "natural_order",
    "read_pattern",
    "well_of",
]

PLACEHOLDERS: dict[str, str] = {
    "plate": r"[^/]+?", "well": r"[A-Za-z]{1,2}(?: ?[-_] ?)?\d{1,2}|[rR]\d{1,2}[-_ ]?[cC]\d{1,2}|\d{6}",
    "row": r"[A-Za-z]{1,2}|\d{1,3}", "column": r"\d{1,3}", "field": r"\d{1,9}", "channel": r"[^/]+?",
    "z": r"\d{1,9}", "time": r"\d{1,9}", "index": r"\d{1,9}",
}  # fmt: skip
"""What each placeholder matches, as a regular expression."""

DEFAULT_CHANNEL = "Channel1"
"""The name of the only channel where neither the file names nor the user name one."""

_DEEPEST = 32
_PART = re.compile(r"\{(?P<name>[^{}]*)\}|(?P<any>\*\*)|(?P<some>\*)|(?P<one>\?)|(?P<text>[^{*?]+|\{)")


@dataclass(frozen=True)
class _Found:
    """An image file with what its name says."""

    path: Path
    said: Mapping[str, str]
    well: str

    def number(self, name: str, default: int = 1) -> int:
        return int(self.said[name]) if name in self.said else default


def read_pattern(
    folder: Path,
    pattern: str,
    *,
    channels: Sequence[str] | Mapping[str, str] | None = None,
    plate: str | None = None,
    z: ZChoice = "first",
) -> list[PlateImages]:
    """List the plates in a folder whose image files are named by a pattern; pixels are not read.

    `channels` as a mapping names what stands in the file names (`{"w1": "DNA"}`) and leaves other channels out; as
    a sequence it selects and orders `{channel}`, names the cycle of `{index}`, or, where the pattern has neither,
    the pages of each file. `plate` names the plate where the pattern has no `{plate}` (default: the folder's name),
    else picks that one. Fields count from 1: where the names count from 0, one is added. Planes that are missing
    are simply absent. Of several times the first is shown; `z` chooses the z.

    Raises `SettingsError` for a pattern that cannot work, and `InputError` where nothing matches or two files claim
    the same image.
    """
    expression = compile_pattern(pattern)
    listed, outside = list_files(folder, _depths(pattern))
    default = plate or folder.resolve().name
    by_plate: dict[str, list[_Found]] = {}
    for file in _match(folder, listed, expression):
        by_plate.setdefault(file.said.get("plate", default), []).append(file)
    if not by_plate:
        raise _nothing_found(folder, pattern, listed, outside)
    if plate is not None and plate not in by_plate:
        problem = f"no image is of plate {plate!r}, they are of {', '.join(sorted(by_plate)[:5])}"
        raise InputError(problem, where=str(folder), remedy="Name the plate as its files do")
    notes = (f"{outside} links that lead out of the folder were left out",) if outside else ()
    plates = [
        _assemble(PlateImages(name, folder, (), {}, notes), by_plate[name], expression, channels)
        for name in (sorted(by_plate) if plate is None else [plate])
    ]
    return plates if z == "first" else [images.with_z(z) for images in plates]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Turn a pattern of file names into a regular expression with one named group per placeholder.

    Raises `SettingsError` for an unknown placeholder, or where wells or channels are not told or told twice.

    >>> compile_pattern("{well}_w{channel}.tif").fullmatch("B03_w2.TIF").groupdict()
    {'well': 'B03', 'channel': '2'}
    """
    stem, dot, extension = pattern.rpartition(".")
    if not dot or not extension.isalnum():
        stem, extension = pattern, ""
    pieces, seen = [], set()
    for part in _PART.finditer(stem):
        if part["name"] is None:
            wild = {"any": ".*", "some": "[^/]*", "one": "[^/]"}.get(part.lastgroup or "")
            pieces.append(wild or re.escape(part["text"]))
            continue
        name, _, width = part["name"].partition(":")
        expression = _expression_of(name, width, pattern)
        pieces.append(f"(?P={name})" if name in seen else f"(?P<{name}>{expression})")
        seen.add(name)
    if not ({"well"} <= seen or {"row", "column"} <= seen) or ("well" in seen and seen & {"row", "column"}):
        problem = f"pattern {pattern!r} must tell the well once: {{well}}, or {{row}} and {{column}}"
        raise SettingsError(problem, remedy="Put the placeholder where the file or folder names have it")
    if {"channel", "index"} <= seen:
        problem = f"pattern {pattern!r} tells the channel twice: by {{channel}} and by {{index}}"
        raise SettingsError(problem, remedy="Write * in place of one of them")
    ending = rf"(?i:\.{extension})" if extension else ""
    return re.compile("".join(pieces) + ending)


def natural_order(text: str) -> list[tuple[int, str]]:
    """Give a sort key by which numbers in a text count as numbers.

    >>> sorted(["w10", "w2"], key=natural_order)
    ['w2', 'w10']
    """
    return [
        (int(piece), "") if piece.isdecimal() else (-1, piece.lower()) for piece in re.split(r"(\d+)", text) if piece
    ]


def list_files(folder: Path, depths: range) -> tuple[list[str], int]:
    """List the files in a folder as sorted relative paths, and count the links that lead out of it.

    `depths` are the numbers of folders that may lie between. Hidden files and previews are left out; links are followed
    to files inside the folder only. Raises `InputError` where the folder is missing or cannot be read.
    """
    try:
        root = folder.resolve(strict=True)
        os.scandir(root).close()
    except (OSError, RuntimeError, ValueError) as error:
        problem = f"the image folder cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InputError(problem, where=str(folder), remedy="Check the path and that you may read it") from error
    walked = list(_walk(root, "", depths))
    return sorted(path for path, outside in walked if not outside), sum(outside for _, outside in walked)


def _walk(root: Path, below: str, depths: range) -> Iterator[tuple[str, bool]]:
    depth = below.count("/")
    try:
        with os.scandir(root / below) as scanned:
            entries = list(scanned)
    except OSError:  # a folder that may not be read holds no images for us
        return
    for entry in entries:
        path = f"{below}{entry.name}"
        if entry.name.startswith(".") or "_thumb" in entry.name:  # ImageXpress writes previews beside its images
            continue
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))
            inside = target.is_relative_to(root)
            if not inside or (target.is_file() and depth in depths):
                yield path, not inside
        elif entry.is_dir():
            if depth + 1 < depths.stop:
                yield from _walk(root, f"{path}/", depths)
        elif depth in depths:
            yield path, False


def _depths(pattern: str) -> range:
    depth = pattern.count("/")
    return range(_DEEPEST) if "**" in pattern else range(depth, depth + 1)


def _expression_of(name: str, width: str, pattern: str) -> str:
    if name not in PLACEHOLDERS:
        close = difflib.get_close_matches(name, PLACEHOLDERS, n=1)
        problem = f"pattern {pattern!r} has the unknown placeholder {{{name}}}"
        remedy = f"Did you mean {{{close[0]}}}?" if close else f"Use {', '.join(PLACEHOLDERS)}, or * for any text"
        raise SettingsError(problem, remedy=remedy)
    if not width:
        return PLACEHOLDERS[name]
    if not re.fullmatch("[1-9]", width):
        problem = f"pattern {pattern!r} gives {{{name}}} the width {width!r}"
        raise SettingsError(problem, remedy="Write the number of characters, such as {channel:3}")
    kind = "[^/]" if name in ("plate", "channel") else r"\w" if name in ("well", "row") else r"\d"
    return f"{kind}{{{width}}}"


def _match(folder: Path, listed: Iterable[str], expression: re.Pattern[str]) -> Iterator[_Found]:
    for path in listed:
        if match := expression.fullmatch(path):
            said = match.groupdict()
            if (well := well_of(said)) is not None:
                yield _Found(folder / path, said, well)


def well_of(said: Mapping[str, str]) -> str | None:
    """Name the well that a file name tells by its `well`, or by its `row` and `column`; None where that is no well.

    >>> well_of({"well": "b3"}), well_of({"row": "2", "column": "03"}), well_of({"well": "000000"})
    ('B03', 'B03', None)
    """
    try:
        if "well" in said:
            return parse_well(said["well"])
        row, column = said["row"], int(said["column"])
        return well_name(int(row) - 1, column - 1) if row.isdigit() else parse_well(f"{row}{column}")
    except (InputError, SettingsError):  # a name that looks alike and is no well, such as 000000
        return None


def _nothing_found(folder: Path, pattern: str, listed: Sequence[str], outside: int) -> InputError:
    problem = f"no file name matches {pattern!r}"
    came = f", there are {len(listed)} files such as {listed[0]!r}" if listed else ", there are no files at that depth"
    links = f"; {outside} links lead out of the folder and are not followed" if outside else ""
    return InputError(problem + came + links, where=str(folder), remedy="Let `swanneck screen init` guess the pattern")


def _assemble(
    empty: PlateImages,
    found: Sequence[_Found],
    expression: re.Pattern[str],
    channels: Sequence[str] | Mapping[str, str] | None,
) -> PlateImages:
    planes_of = _planes_by_index if "index" in expression.groupindex else _planes_by_page
    planes_of = _planes_by_token if "channel" in expression.groupindex else planes_of
    stacks: dict[tuple[FieldKey, str], dict[tuple[int, int], ImageFile]] = {}
    for file, number, channel, page in planes_of(found, channels):
        image = ImageFile(file.number("time"), file.number("z"), file.path, page)
        stack = stacks.setdefault(((file.well, number), channel), {})
        if (image.time, image.z) in stack:
            first = stack[image.time, image.z].path
            problem = f"two files claim the same image of channel {channel}: {first} and {file.path}"
            where = f"plate {empty.name}, well {file.well}, field {number}"
            raise InputError(problem, where=where, remedy="Take one out, or put what tells them apart into the pattern")
        stack[image.time, image.z] = image
    fields: dict[FieldKey, dict[str, ImagePlane]] = {}
    for (key, channel), stack in sorted(stacks.items()):
        fields.setdefault(key, {})[channel] = ImagePlane(channel, tuple(sorted(stack.values())))
    if not fields:
        problem = f"none of the channels {', '.join(_names(channels))} is in the file names"
        there = sorted({file.said["channel"] for file in found})
        raise InputError(problem, where=str(empty.folder), remedy=f"The names have: {', '.join(there[:8])}")
    present = {channel for planes in fields.values() for channel in planes}
    ordered = _names(channels) or sorted(present, key=natural_order)
    return replace(empty, channels=tuple(ordered), fields=fields)


_Placed = Iterator[tuple[_Found, int, str, int]]


def _planes_by_token(found: Sequence[_Found], channels: Sequence[str] | Mapping[str, str] | None) -> _Placed:
    zero = _counts_from_zero(found, "field")
    for file in found:
        token = file.said["channel"]
        known = channels.get(token) if isinstance(channels, Mapping) else token
        if known is not None and (channels is None or isinstance(channels, Mapping) or token in channels):
            yield file, file.number("field") + zero, known, 0


def _planes_by_page(found: Sequence[_Found], channels: Sequence[str] | Mapping[str, str] | None) -> _Placed:
    zero = _counts_from_zero(found, "field")
    for file in found:
        for page, channel in enumerate(_names(channels) or [DEFAULT_CHANNEL]):
            yield file, file.number("field") + zero, channel, page


def _planes_by_index(found: Sequence[_Found], channels: Sequence[str] | Mapping[str, str] | None) -> _Placed:
    names = _names(channels)
    if not names:
        problem = "the files are numbered, and nothing says which number is which channel"
        raise SettingsError(problem, remedy="Name the channels in the order in which they were taken")
    first = 1 - _counts_from_zero(found, "index")
    zero = _counts_from_zero(found, "field")
    for file in found:
        cycle, position = divmod(file.number("index") - first, len(names))
        number = file.number("field") + zero if "field" in file.said else cycle + 1
        yield file, number, names[position], 0


def _counts_from_zero(found: Sequence[_Found], name: str) -> int:
    return int(any(file.number(name) == 0 for file in found))


def _names(channels: Sequence[str] | Mapping[str, str] | None) -> list[str]:
    return list(dict.fromkeys(channels.values() if isinstance(channels, Mapping) else channels or ()))
