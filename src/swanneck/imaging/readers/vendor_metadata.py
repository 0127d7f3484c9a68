"""Reading what vendors write beside their images, without trusting it: XML, JSON and text, and paths in them.

Entities and document types are refused before the root element is reached, files are read in pieces and up to a
believable size, and a path that leads out of the plate's folder is no path.
"""

import json
import math
import os
import xml.parsers.expat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, cast
from xml.etree import ElementTree

from swanneck.foundation.errors import InputError

__all__ = [
    "PlateFolder",
    "local_name",
    "number_of",
    "parse_xml",
    "read_elements",
    "read_json",
    "read_text",
    "whole_number_of",
]

_TEXT_LIMIT = 2**26
_XML_LIMIT = 2**31
# In small pieces the elements die young, and the garbage collector need not look at them again and again.
_PIECE = 2**14
_SILENCE_LIMIT = 2**23
"""Bytes of XML without one element that is looked for, after which the file is not what it says."""
_MOST_NAMES = 10_000
_NUMBER_LIMIT = 10**9
_LONGEST_NAME = 255
_COPY_AGAIN = "Copy it again from the microscope"


def read_elements(path: Path, *names: str) -> Iterator[ElementTree.Element]:
    """Give the elements of an XML file that have one of these names, in their order, each whole with what is in it.

    Names are without namespace. What was given is forgotten when the next one is asked for, so that a file of 100,000
    images takes little memory. Raises `InputError` for a file that is no well-formed XML or declares a document type.
    """
    _check_size(path, _XML_LIMIT)
    _refuse_document_type(path)
    wanted, known, last = set(names), dict[str, bool](), 0
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("end",))
    with _failures_as_input_error(path), path.open("rb") as stream:
        read = 0
        while piece := stream.read(_PIECE):
            read += len(piece)
            parser.feed(piece)
            for _, element in cast("Iterator[tuple[str, ElementTree.Element]]", parser.read_events()):
                if element.tag in known:
                    is_wanted = known[element.tag]
                else:
                    is_wanted = known[element.tag] = local_name(element) in wanted
                if is_wanted:
                    last = read
                    yield element
                    element.clear()
            if read - last > _SILENCE_LIMIT or len(known) > _MOST_NAMES:
                problem = "the file is not what it seems: no image for many megabytes, or too many kinds of elements"
                raise InputError(problem, where=str(path), remedy=_COPY_AGAIN)
        parser.close()


def parse_xml(text: str, where: str) -> ElementTree.Element:
    """Parse a short XML text, such as the description in a TIFF file, under the rules of `read_elements`."""
    content = text.encode("utf-8", "replace")
    with _failures_as_input_error(Path(where)):
        _scan_prolog([content], where)
        return ElementTree.fromstring(content, ElementTree.XMLParser(encoding="utf-8"))


def local_name(element: ElementTree.Element) -> str:
    """Give the name of an element without its namespace.

    >>> local_name(ElementTree.Element("{urn:x}Image"))
    'Image'
    """
    return element.tag.rpartition("}")[2]


def read_text(path: Path) -> str:
    """Read a text file of a microscope: UTF-8 where it is that, else every byte is a character of Latin-1.

    Raises `InputError` where it cannot be read or is too large for what it should be.
    """
    _check_size(path, _TEXT_LIMIT)
    with _failures_as_input_error(path):
        content = path.read_bytes()
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16", "replace")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object. Raises `InputError` for anything else."""
    _check_size(path, _TEXT_LIMIT)
    with _failures_as_input_error(path):
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            problem = f"a JSON object is wanted, got {type(content).__name__}"
            raise InputError(problem, where=str(path), remedy=_COPY_AGAIN)
        return content


def whole_number_of(text: object) -> int | None:
    """Read a whole number below a thousand million; None where it is none.

    >>> whole_number_of(" 12 "), whole_number_of("1e5"), whole_number_of(None)
    (12, None, None)
    """
    try:
        number = int(str(text))
    except ValueError:
        return None
    return number if abs(number) < _NUMBER_LIMIT else None


def number_of(text: object) -> float | None:
    """Read a finite number; None where it is none.

    >>> number_of("1.5E-06"), number_of("nan"), number_of("")
    (1.5e-06, None, None)
    """
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


class PlateFolder:
    """The folder of a plate, out of which no path may lead: neither by `..` nor by a link.

    Folders are listed once each, so that 100,000 files are looked up without asking the disk for each.

    >>> PlateFolder(Path()).locate("../secret.tif") is None
    True
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = Path(os.path.realpath(path))
        self._listed: dict[str, dict[str, bool]] = {}

    def locate(self, name: str) -> tuple[Path, bool] | None:
        """Give where a named file lies and whether it is there; None where the name leads out of the folder."""
        if self._listed.get("", {}).get(name) is False:  # the usual case: a plain file in the folder itself
            return self.path / name, True
        plain = PurePosixPath(name.strip().replace("\\", "/"))
        parts = [part for part in plain.parts if part != "."]
        odd = any("\0" in part or ":" in part or len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts)
        if plain.is_absolute() or not parts or ".." in parts or odd:
            return None
        names = self._names("/".join(parts[:-1]))
        if names is None:
            return None
        last = parts[-1]
        found = last if last in names else names and self._other_case(names, last) or None
        path = self.path.joinpath(*parts[:-1], found or last)
        if found and names[found] and not Path(os.path.realpath(path)).is_relative_to(self._root):
            return None
        return path, found is not None

    def _names(self, below: str) -> dict[str, bool] | None:
        """List a folder's files, with whether each is a link; None where the folder itself lies outside."""
        if below not in self._listed:
            folder = self._root / below
            if not Path(os.path.realpath(folder)).is_relative_to(self._root):
                return None
            try:
                with os.scandir(folder) as entries:
                    self._listed[below] = {entry.name: entry.is_symlink() for entry in entries}
            except (OSError, ValueError):
                self._listed[below] = {}
        return self._listed[below]

    def _other_case(self, names: dict[str, bool], name: str) -> str | None:
        """Find a file whose ending differs in case, as copies between systems leave it."""
        stem, dot, ending = name.rpartition(".")
        return next(
            (other for end in (ending.lower(), ending.upper()) if (other := f"{stem}{dot}{end}") in names), None
        )


# --- guards


def _check_size(path: Path, limit: int) -> None:
    try:
        regular, size = path.is_file(), path.stat().st_size
    except (OSError, ValueError) as error:
        problem = f"the metadata file cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InputError(problem, where=str(path), remedy=_COPY_AGAIN) from error
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(path.parent)):
        problem = "the metadata file is a link that leads out of its folder"
        raise InputError(problem, where=str(path), remedy="Copy the plate whole, without links")
    if not regular or size == 0 or size > limit:
        problem = f"a metadata file of 1 to {limit} bytes is wanted, got {size if regular else 'no regular file'}"
        raise InputError(problem, where=str(path), remedy=_COPY_AGAIN)


class _RootReachedError(Exception):
    """The prolog of an XML file is over, and nothing in it was dangerous."""


def _refuse_document_type(path: Path) -> None:
    with _failures_as_input_error(path), path.open("rb") as stream:
        _scan_prolog(iter(lambda: stream.read(_PIECE), b""), str(path))


def _scan_prolog(pieces: Any, where: str) -> None:
    """Refuse a document type, which is where entities are declared, without parsing what follows the prolog."""

    def refuse(*_: object) -> None:
        problem = "the XML declares a document type or entities, which no microscope writes"
        raise InputError(problem, where=where, remedy="Do not use this file; copy it again from the microscope")

    def stop(*_: object) -> None:
        raise _RootReachedError

    parser = xml.parsers.expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except _RootReachedError:
        return


@contextmanager
def _failures_as_input_error(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (
        OSError, ValueError, LookupError, RecursionError, MemoryError, xml.parsers.expat.ExpatError, SyntaxError,
    ) as error:  # fmt: skip
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        problem = f"the metadata file is damaged: {reason}"
        raise InputError(problem, where=str(path), remedy=_COPY_AGAIN) from error
