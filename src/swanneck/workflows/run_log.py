"""The log of a run: one JSON object per line, and the only place where times are kept."""

import json
from datetime import UTC, datetime
from pathlib import Path

from swanneck.foundation.errors import StorageError

__all__ = ["RunLog"]


class RunLog:
    """Events are appended as they happen, so that a killed run leaves an account of itself."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, **facts: object) -> None:
        """Append an event with its facts and the time. Raises `StorageError` where the file cannot be written."""
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts})
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError as error:
            problem = f"cannot write the log: {error.strerror or error}"
            raise StorageError(problem, where=str(self.path), remedy="Make the campaign's folder writable") from error
