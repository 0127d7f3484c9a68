"""The pattern of a folder's file names, guessed: known conventions first, then the words of the names.

A name is cut into words, each column of words is looked at over all names, and its role follows from the letters
before a number (`s1`, `fld 2`), from words that people call channels, and from what varies with what.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.imaging.readers.conventions import CONVENTIONS
from swanneck.imaging.readers.name_words import describe_folders, describe_names
from swanneck.imaging.readers.pattern import compile_pattern, list_files, natural_order, well_of

__all__ = ["IMAGE_ENDINGS", "PatternGuess", "guess_pattern"]

IMAGE_ENDINGS = frozenset({".tif", ".tiff", ".png"})
"""The endings, in lower case, of the files that are looked at."""

_DEPTHS = range(4)
_RUN, _RUNS = 150, 12
_ENOUGH = 0.8


@dataclass(frozen=True)
class PatternGuess:
    """A pattern for `read_pattern`, and how well it fits.

    `channels` are the words or numbers that stand for channels in the names, none where the names do not tell them:
    `read_pattern(folder, guess.pattern, channels=guess.channels or None)` reads them all. `n_matched` of the `n_files`
    images in the folder are named so, `example` among them. `convention` names what was recognised; `reason` says it
    in a sentence.
    """

    pattern: str
    channels: tuple[str, ...]
    example: str
    n_matched: int
    n_files: int
    convention: str
    reason: str


def guess_pattern(folder: Path) -> PatternGuess:
    """Guess how the images in a folder are named, up to three folders deep; no image is opened.

    Raises `InputError` where there are no images, or no well can be made out in their names.
    """
    listed, outside = list_files(folder, _DEPTHS)
    images = [path for path in listed if PurePosixPath(path).suffix.lower() in IMAGE_ENDINGS]
    if not images:
        problem = f"no TIFF or PNG image is here, {len(listed)} other files and {outside} links that lead elsewhere"
        raise InputError(problem, where=str(folder), remedy="Give the folder in which the images or plates lie")
    kinds = Counter((path.count("/"), PurePosixPath(path).suffix.lower()) for path in images)
    depth, ending = kinds.most_common(1)[0][0]
    alike = [path for path in images if path.count("/") == depth and path.lower().endswith(ending)]
    # Runs of neighbours, since single files at even distances could all be of one channel.
    starts = range(0, len(alike), max(_RUN, len(alike) // _RUNS))
    sample = [path for start in starts for path in alike[start : start + _RUN]]
    suffix = Counter(PurePosixPath(path).suffix for path in sample).most_common(1)[0][0]
    judged = [_judge(name, pattern + suffix, sample) for name, pattern in _candidates(sample)]
    best = max(judged, key=lambda fit: (fit.unique and fit.share >= _ENOUGH, fit.unique, fit.share), default=None)
    if best is None or best.share == 0:
        problem = f"no well can be made out in names such as {sample[0]!r}"
        remedy = "Write the pattern yourself, such as {well}_s{field}_w{channel}.tif"
        raise InputError(problem, where=str(folder), remedy=remedy)
    return _report(best, images)


@dataclass(frozen=True)
class _Fit:
    convention: str
    pattern: str
    share: float
    unique: bool


def _candidates(sample: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give (name, pattern without ending) of all that could be: conventions first, so that they win ties."""
    stems = [PurePosixPath(path).stem for path in sample]
    folders = [PurePosixPath(path).parts[:-1] for path in sample]
    for convention in CONVENTIONS:
        tells = re.compile(f"(?P<plate>.+_)?(?:{convention.expression})", re.IGNORECASE)
        told = [match for stem in stems if (match := tells.fullmatch(stem))]
        if len(told) >= _ENOUGH * len(stems):
            above = describe_folders(folders, taken=set(re.findall(r"{(\w+)", convention.pattern)))
            prefix = "{plate}_" if "{plate}" not in above else "*_"
            yield (
                convention.name,
                above + (prefix if any(match["plate"] for match in told) else "") + convention.pattern,
            )
    if described := describe_names(folders, stems):
        yield "words of the names", described


def _judge(convention: str, pattern: str, sample: Sequence[str]) -> _Fit:
    try:
        expression = compile_pattern(pattern)
    except SettingsError:  # a guess that makes no pattern is no guess
        return _Fit(convention, pattern, 0.0, False)
    said = [match.groupdict() for path in sample if (match := expression.fullmatch(path))]
    said = [parts for parts in said if well_of(parts) is not None]
    images = {(well_of(parts), *(parts.get(name) for name in _TELLING)) for parts in said}
    return _Fit(convention, pattern, len(said) / len(sample), len(images) == len(said))


_TELLING = ("plate", "field", "channel", "z", "time", "index")


def _report(fit: _Fit, images: Sequence[str]) -> PatternGuess:
    expression = compile_pattern(fit.pattern)
    matched = {path: match.groupdict() for path in images if (match := expression.fullmatch(path))}
    tokens = {parts["channel"] for parts in matched.values() if "channel" in parts}
    wells = {well_of(parts) for parts in matched.values()}
    plates = {parts["plate"] for parts in matched.values() if "plate" in parts}
    told = f"{len(plates) or 1} plate{'s' * (len(plates) > 1)}, {len(wells)} well{'s' * (len(wells) > 1)}"
    channels = tuple(sorted(tokens, key=natural_order))
    if channels:
        told += f", channels {', '.join(channels)}"
    elif "index" in expression.groupindex:
        told += "; the files of a well are numbered: name the channels in the order they were taken"
    else:
        told += "; the names tell no channel: one per file, or the pages of each file"
    clash = "" if fit.unique else "; several files claim the same image"
    reason = f"{len(matched)} of {len(images)} images are named by {fit.convention}: {told}{clash}"
    example = next(iter(matched))
    return PatternGuess(fit.pattern, channels, example, len(matched), len(images), fit.convention, reason)
