"""What was seen so far, on disk: written line by line at the end, never changed, read again at the next start.

    panel.json      assays, parts and homes: made at the first run
    genomes.jsonl   one line per genome, with the bindings that are not perfect
    alarms.jsonl    one line per alarm, when it was raised first

A line that a killed run left unfinished is cut off.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from swanneck.diagnostics.monitoring.assays import Assay, Oligo
from swanneck.diagnostics.monitoring.binding import Binding, Home
from swanneck.diagnostics.monitoring.examine import Panel
from swanneck.diagnostics.monitoring.findings import Examined
from swanneck.diagnostics.monitoring.parts import Part
from swanneck.foundation.errors import InputError, StorageError
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import FastaRecord

__all__ = ["WatchState", "make_state", "open_state"]

_PANEL, _GENOMES, _ALARMS = "panel.json", "genomes.jsonl", "alarms.jsonl"


class WatchState:
    """The folder of a watch: its panel, the genomes seen, the alarms raised."""

    def __init__(self, folder: Path, panel: Panel) -> None:
        self.folder = folder
        self.panel = panel
        self.genomes: list[Examined] = []
        self.alarms: set[str] = set()
        self._seen: set[str] = set()
        for line in _read_lines(folder / _GENOMES):
            self._seen.add(line["key"])
            self.genomes.append(self._decode(line))
        self.alarms = {line["key"] for line in _read_lines(folder / _ALARMS)}

    def is_seen(self, record: FastaRecord) -> bool:
        """Tell whether a genome of this name and sequence was examined before."""
        return _key(record) in self._seen

    def add_genomes(self, new: Sequence[tuple[FastaRecord, Examined]]) -> None:
        """Append examined genomes; they are on the disk when this returns."""
        lines: list[dict[str, object]] = []
        for record, one in new:
            changed = {str(i): binding.encode() for i, binding in enumerate(one.bindings) if not binding.is_perfect}
            lines.append(
                {"key": _key(record), "name": one.name, "group": one.group, "date": one.date, "bindings": changed}
            )
            self._seen.add(_key(record))
            self.genomes.append(one)
        _append(self.folder / _GENOMES, lines)

    def add_alarms(self, alarms: Iterable[dict[str, object]]) -> None:
        """Append alarms, each with its `key`."""
        lines = list(alarms)
        self.alarms |= {str(line["key"]) for line in lines}
        _append(self.folder / _ALARMS, lines)

    def _decode(self, line: dict[str, Any]) -> Examined:
        changed = {int(place): word for place, word in line["bindings"].items()}
        bindings = (
            Binding.decode(changed[i]) if i in changed else _perfect(len(part.sequence))
            for i, part in enumerate(self.panel.parts)
        )
        return Examined(str(line["name"]), str(line["group"]), str(line["date"]), tuple(bindings))


def open_state(folder: Path, assays: Sequence[Assay]) -> WatchState | None:
    """Open a folder of an earlier run, None where there is none.

    Raises `InputError` where it was made for other assays, or is damaged.
    """
    folder = Path(folder)
    path = folder / _PANEL
    if not path.is_file():
        return None
    try:
        panel = _panel_of(json.loads(path.read_text(encoding="utf-8")))
        state = WatchState(folder, panel)
    except (ValueError, KeyError, TypeError) as error:
        problem = f"the state in {folder.name} is damaged: {error}"
        raise InputError(problem, where=str(folder), remedy="Choose a new folder and give all genomes again") from error
    if tuple(assays) != panel.assays:
        problem = "the state was made for other assays"
        raise InputError(problem, where=str(path), remedy="Choose a new folder for them, and give all genomes again")
    return state


def make_state(folder: Path, panel: Panel) -> WatchState:
    """Start a folder with a panel."""
    folder = Path(folder)
    write_atomically(folder / _PANEL, json.dumps(asdict(panel), indent=1).encode())
    return WatchState(folder, panel)


def _perfect(length: int) -> Binding:
    return Binding("." * length)


def _key(record: FastaRecord) -> str:
    return hashlib.sha256(f"{record.name}\n{record.sequence}".encode()).hexdigest()[:24]


def _panel_of(told: dict[str, Any]) -> Panel:
    assays = (Assay(**{**one, "oligos": tuple(Oligo(**row) for row in one["oligos"])}) for one in told["assays"])
    homes = (Home(**{**home, "positions": tuple(home["positions"])}) if home else None for home in told["homes"])
    return Panel(tuple(assays), tuple(Part(**part) for part in told["parts"]), tuple(homes), told["reference"])


def _read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a file, and cut off what a killed run left behind the last."""
    if not path.is_file():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as stream:
            stream.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]


def _append(path: Path, lines: Sequence[dict[str, object]]) -> None:
    if not lines:
        return
    try:
        with path.open("ab") as stream:
            stream.write("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode())
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        problem = f"cannot write {path.name}: {error.strerror or error}"
        raise StorageError(problem, where=str(path.parent)) from error
