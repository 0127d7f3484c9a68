"""What the words of file and folder names mean, when no known convention says it.

Names are cut into words at `_`, `-`, spaces, dots and brackets, and words at the border of letters and digits where the
letters are a key (`s1`, `f01p02`). Each column of pieces is then given a role, well first.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from swanneck.imaging.readers.conventions import KEYS, is_channel_word

__all__ = ["describe_folders", "describe_names"]

_SEPARATORS = re.compile(r"([ _\-.,;()\[\]#+=]+)")
_LETTER_WELL = re.compile(r"(?P<row>[A-Za-z]|[Aa][A-Fa-f])(?P<column>\d{1,2})")
_NUMBER_WELL = re.compile(r"[rR](?P<row>\d{1,2})[cC](?P<column>\d{1,2})|(?P<row3>\d{3})(?P<column3>\d{3})")
_WELL_AND_MORE = re.compile(
    r"(?P<before>(?:well|pos|img|image)?)(?P<well>[A-Za-z]\d{1,2}|[rR]\d{1,2}[cC]\d{1,2})(?P<after>(?:[A-Za-z]+\d+)*)"
)
_KEY_LETTERS = frozenset("CDFPRSTWXYZ")
_ALL_KEYS = frozenset().union(*KEYS.values()) | {"p"}
_ORDINARY_FOLDERS = frozenset(
    {"images", "image", "tif", "tiff", "tifs", "tiffs", "png", "raw", "data", "img", "export"}
)
_ROWS, _COLUMNS = 32, 48
_MOST_CHANNELS = 12
_WELL_SCORE = 3
_CLEAR_WELL_SCORE = 5  # folders P01, P02 are plates where the file names tell the well
_MAJORITY = 0.8


@dataclass(frozen=True)
class _Piece:
    """One column of pieces: the text each name has there, the key before it, and what it means."""

    values: tuple[str, ...]
    key: str = ""
    role: str = ""
    folder: bool = False

    @property
    def constant(self) -> bool:
        return len(set(self.values)) == 1

    @property
    def mark(self) -> bool:
        return self.constant and not any(letter.isalnum() for letter in self.values[0])

    @property
    def open(self) -> bool:
        return not self.role and not self.mark

    @property
    def number(self) -> bool:
        return self.open and all(value.isdecimal() and len(value) < 10 for value in self.values)

    @property
    def word(self) -> bool:
        return self.open and not self.number

    def text(self) -> str:
        if self.role:
            return "*" if self.role == "any" else f"{{{self.role}}}"
        return self.values[0] if self.constant and not set("{}*") & set(self.values[0]) else "*"


def describe_names(folders: Sequence[tuple[str, ...]], stems: Sequence[str]) -> str | None:
    """Give the pattern of paths, without ending, from the words of their folders and stems; None where no well is told.

    >>> describe_names([(), (), ()], ["A01_f0_virus", "A01_f1_nuclei", "B01_f0_virus"])
    '{well}_f{field}_{channel}'
    """
    words, kept = _words(stems)
    pieces = [piece for level in _levels([folders[row] for row in kept]) for piece in (level, _slash(level))] + words
    pieces = _cut(_find_well(pieces))
    if not any(piece.role == "well" for piece in pieces):
        pieces = _find_row_and_column(pieces)
    wells = _wells(pieces)
    if wells is None:
        return None
    for find in (_find_keyed, _find_channel, _find_numbers, _find_plate):
        pieces = find(pieces, wells)
    return _render(pieces)


def describe_folders(folders: Sequence[tuple[str, ...]], taken: set[str]) -> str:
    """Give the pattern of the folders, with a slash at its end, where the file names tell the roles that are taken.

    >>> describe_folders([("P1", "TimePoint_1"), ("P2", "TimePoint_1")], {"well"})
    '{plate}/TimePoint_{time}/'
    """
    pieces: list[_Piece] = []
    for level in _levels(folders):
        is_well = _well_score(level.values) >= _CLEAR_WELL_SCORE and not level.constant
        parts = [replace(level, role="any")] if is_well else _cut([level])
        keyed = _find_keyed(parts, None)
        lost = any(piece.role in taken for piece in keyed)
        pieces += [*([replace(level, role="any")] if lost else keyed), _slash(level)]
    return _render(_find_plate(pieces, None))


# --- cutting


def _words(stems: Sequence[str]) -> tuple[list[_Piece], list[int]]:
    """Cut stems into columns of words and separators; also the rows that are kept, where a few names are odd ones."""
    rows = [_SEPARATORS.split(stem) for stem in stems]
    shapes = Counter(tuple(row[1::2]) for row in rows)
    shape, count = shapes.most_common(1)[0]
    if count >= _MAJORITY * len(rows):
        kept = [index for index, row in enumerate(rows) if tuple(row[1::2]) == shape]
        rows = [rows[index] for index in kept]
    else:
        rows, kept = _with_equal_lengths(rows), list(range(len(rows)))
    return [_Piece(column) for column in zip(*rows, strict=True) if any(column)], kept


def _with_equal_lengths(rows: list[list[str]]) -> list[list[str]]:
    """Join words in the middle of longer names (`Alexa_488` beside `DAPI`), where that leaves the fewest spellings."""
    shortest = min(len(row) for row in rows)
    best, fewest = rows, len(rows) + 1
    for left in range(0, shortest, 2):
        right = shortest - left - 1
        joined = [[*row[:left], "".join(row[left : len(row) - right]), *row[len(row) - right :]] for row in rows]
        spellings = len({row[left] for row in joined})
        if spellings < fewest and len({tuple(row[1::2]) for row in joined}) == 1:
            best, fewest = joined, spellings
    return best if fewest <= len(rows) else [[("".join(row))] for row in rows]


def _levels(folders: Sequence[tuple[str, ...]]) -> list[_Piece]:
    return [_Piece(level, folder=True) for level in zip(*folders, strict=True)]


def _slash(like: _Piece) -> _Piece:
    return _Piece(("/",) * len(like.values))


def _cut(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Cut open words such as `s1` or `ZStep_2` into key and number, and give plain numbers the key word before them."""
    cut: list[_Piece] = []
    for piece in pieces:
        before = next((earlier for earlier in reversed(cut) if not earlier.mark), None)
        if piece.number:
            word = before.values[0].lower() if before and before.open and before.constant else ""
            cut.append(replace(piece, key=word if word in _ALL_KEYS else ""))
        else:
            cut += _cut_word(piece) if piece.open else [piece]
    return cut


def _cut_word(piece: _Piece) -> list[_Piece]:
    runs = [re.findall(r"\d+|\D+", value) for value in piece.values]
    shapes = {tuple("" if run.isdecimal() else run for run in row) for row in runs}
    letters = [re.sub(r"[ _-]+", "", run).lower() for run in next(iter(shapes)) if run]
    if (
        len(shapes) > 1
        or len(runs[0]) < 2
        or not any(letters)
        or not all(run in _ALL_KEYS or not run for run in letters)
    ):
        return [piece]
    cut, key = [], ""
    for column in zip(*runs, strict=True):
        part = _Piece(column)
        cut.append(replace(part, key=key) if part.number else part)
        key = "" if part.number else re.sub(r"[ _-]+", "", column[0]).lower()
    return cut


# --- roles


def _find_well(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Mark the column of words, or the pair of columns, that looks most like wells; the leftmost of equals."""
    best: tuple[int, int, list[_Piece]] = (_WELL_SCORE - 1, 0, list(pieces))
    for index, piece in enumerate(pieces):
        if not piece.open:
            continue
        for score, length, parts in _well_readings(pieces, index):
            if score > best[0]:
                best = (score, index, [*pieces[:index], *parts, *pieces[index + length :]])
    return best[2]


def _well_readings(pieces: Sequence[_Piece], index: int) -> Iterator[tuple[int, int, list[_Piece]]]:
    """Give the ways in which a column can be a well: the score, how many columns that takes, and what they become."""
    piece = pieces[index]
    yield _well_score(piece.values), 1, [replace(piece, role="well")]
    longer = [_WELL_AND_MORE.fullmatch(value) for value in piece.values]
    if all(longer):
        found = [match for match in longer if match]
        parts = [_Piece(tuple(match[name] for match in found)) for name in ("before", "well", "after")]
        if parts[0].constant and any(parts[0].values[0] + value for value in parts[2].values):
            chosen = [parts[0], replace(parts[1], role="well"), parts[2]]
            yield _well_score(parts[1].values) - 1, 1, [part for part in chosen if any(part.values)]
    follower = pieces[index + 2] if index + 2 < len(pieces) and pieces[index + 1].mark else None
    if follower and follower.number and all(re.fullmatch("[A-Za-z]|[Aa][A-Fa-f]", value) for value in piece.values):
        joined = [f"{row}{column}" for row, column in zip(piece.values, follower.values, strict=True)]
        yield _well_score(joined) - 1, 3, [
            replace(piece, role="row"), pieces[index + 1], replace(follower, role="column")
        ]  # fmt: skip


def _well_score(values: Sequence[str]) -> int:
    """Say how much a column looks like wells: 0 not at all, from 3 on it may be."""
    varied = len(set(values)) > 1
    if all(match := [_NUMBER_WELL.fullmatch(value) for value in values]):
        places = {(int(m["row"] or m["row3"]), int(m["column"] or m["column3"])) for m in match if m}
        return (7 + varied) * all(1 <= row <= _ROWS and 1 <= column <= _COLUMNS for row, column in places)
    found = [match for match in map(_LETTER_WELL.fullmatch, values) if match]
    if len(found) < len(values) or not all(1 <= int(match["column"]) <= _COLUMNS for match in found):
        return 0
    rows = {match["row"].upper() for match in found}
    if any(len(row) == 1 and row > "Z" for row in rows):
        return 0
    plain = {
        "several rows": 4 * (len(rows) > 1),
        "capitals": 2 * all(match["row"].isupper() for match in found),
        "two digits": all(len(match["column"]) == 2 for match in found),
        "no key": 2 * (not rows <= _KEY_LETTERS),
        "several wells": varied,
    }
    return int(sum(plain.values()))


def _find_row_and_column(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Find a well told as `row2_col03` or `R02/C03`, once the words are cut."""
    rows = [index for index, piece in enumerate(pieces) if piece.number and piece.key in KEYS["row"]]
    columns = [index for index, piece in enumerate(pieces) if piece.number and piece.key in KEYS["column"]]
    pair = next(((row, column) for row in rows for column in columns if row < column), None)
    if pair is None:
        return list(pieces)
    roles = dict(zip(pair, ("row", "column"), strict=True))
    return [replace(piece, role=roles.get(index, piece.role)) for index, piece in enumerate(pieces)]


def _wells(pieces: Sequence[_Piece]) -> tuple[str, ...] | None:
    told = [piece.values for piece in pieces if piece.role in ("well", "row", "column")]
    return tuple("-".join(parts) for parts in zip(*told, strict=True)) if told else None


_Wells = tuple[str, ...] | None


def _find_keyed(pieces: Sequence[_Piece], wells: _Wells) -> list[_Piece]:
    """Give numbers the role that the letters before them say, each role once."""
    found = list(pieces)
    for role in ("field", "channel", "z", "time"):
        for index, piece in enumerate(found):
            says = piece.key in KEYS[role] or (role == "z" and piece.key == "p" and _well_before(found, index))
            if piece.number and says and not _told(found, role):
                found[index] = replace(piece, role=role)
    for index, piece in enumerate(found):
        if piece.number and (piece.key in KEYS["plate"] or piece.key == "p") and not _told(found, "plate"):
            # The plate keeps its letters: P01 reads better than 01.
            joined = _Piece(tuple(map("".join, zip(found[index - 1].values, piece.values, strict=True))), role="plate")
            if not found[index - 1].mark:
                found[index - 1 : index + 1] = [joined]
    return found


def _find_channel(pieces: Sequence[_Piece], wells: _Wells) -> list[_Piece]:
    """Take the word that people call channels by, or else a word that varies within wells, as the channel."""
    best, fewest = -1, 0.0
    for index, piece in enumerate(pieces):
        if not piece.word or len(set(piece.values)) > _MOST_CHANNELS or _follows(piece.values, wells):
            continue
        known = sum(map(is_channel_word, piece.values)) / len(piece.values)
        varied = not piece.constant and _well_before(pieces, index)
        score = 2 * (known >= 0.5) * (1 + (not piece.constant)) + varied
        if score > fewest:
            best, fewest = index, score
    if best < 0 or _told(pieces, "channel"):
        return list(pieces)
    return [replace(piece, role="channel") if index == best else piece for index, piece in enumerate(pieces)]


def _find_numbers(pieces: Sequence[_Piece], wells: _Wells) -> list[_Piece]:
    """Share out the numbers that nothing names: those that vary within wells are channel, field, z and time."""
    found = [
        replace(piece, role="any") if piece.number and not piece.constant and _follows(piece.values, wells) else piece
        for piece in pieces
    ]
    varied = [index for index, piece in enumerate(found) if piece.number and not piece.constant]
    roles: dict[int, str] = {}
    if not _told(found, "channel") and varied:
        few = [index for index in varied if len(set(found[index].values)) <= _MOST_CHANNELS]
        waves = [index for index in few if all(350 <= int(value) <= 850 for value in found[index].values)]
        free = [index for index in few if found[index].key not in KEYS["index"]]
        if waves or (free and (len(varied) > 1 or _told(found, "field"))):
            roles[min(waves or free, key=lambda index: (len(set(found[index].values)), -index))] = "channel"
    channel = _told(found, "channel") or bool(roles)
    for index in varied:
        counts_files = found[index].key in KEYS["index"] and not channel
        open_roles = [role for role in ("field", "z", "time") if not _told(found, role) and role not in roles.values()]
        first = "index" if counts_files and "field" in open_roles else open_roles[0] if open_roles else "any"
        roles.setdefault(index, first)
    return [replace(piece, role=roles.get(index, piece.role)) for index, piece in enumerate(found)]


def _find_plate(pieces: Sequence[_Piece], wells: _Wells) -> list[_Piece]:
    """Take the first open folder as the plate, or else a word before the well that is not the same everywhere."""
    found = list(pieces)
    for index, piece in enumerate(found):
        if _told(found, "plate") or not piece.open:
            continue
        named_folder = piece.folder and not (piece.constant and piece.values[0].lower() in _ORDINARY_FOLDERS)
        if named_folder or (not piece.constant and not _well_before(found, index)):
            found[index] = replace(piece, role="plate")
    return [replace(piece, role="any") if piece.open and not piece.constant else piece for piece in found]


def _told(pieces: Sequence[_Piece], role: str) -> bool:
    return any(piece.role == role for piece in pieces)


def _well_before(pieces: Sequence[_Piece], index: int) -> bool:
    return any(piece.role in ("well", "column") for piece in pieces[:index])


def _follows(values: Sequence[str], wells: _Wells) -> bool:
    """Say whether a piece only repeats the well: it varies over wells, and never within one."""
    if wells is None or len(set(wells)) < 2 or len(set(values)) < 2:
        return False
    return len(set(zip(wells, values, strict=True))) == len(set(wells))


def _render(pieces: Sequence[_Piece]) -> str:
    return re.sub(r"\*+", "*", "".join(piece.text() for piece in pieces))
