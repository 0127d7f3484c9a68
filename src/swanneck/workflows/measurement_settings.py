"""Settings of the measurements from a TOML file and a list of modules."""

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from swanneck.foundation.errors import SettingsError
from swanneck.imaging.measurement.settings import MODULES, MeasurementSettings

__all__ = ["read_measurement_settings"]


def read_measurement_settings(path: Path | None = None, *, modules: str | None = None) -> MeasurementSettings:
    """Read settings from a TOML file with the names of `MeasurementSettings`; `modules` (with commas) goes before it.

    Raises `SettingsError` for a file that cannot be read, a key that does not exist or a value that cannot be, and a
    module that does not exist.

    >>> read_measurement_settings(modules="Intensity,Texture").modules
    ('Intensity', 'Texture')
    """
    content = _read_toml(Path(path)) if path is not None else {}
    if modules is not None:
        content["modules"] = [_check_module(name.strip()) for name in modules.split(",") if name.strip()]
    try:
        return MeasurementSettings(**content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        problem = f"{key}: {'no such key' if first['type'] == 'extra_forbidden' else first['msg']}"
        raise SettingsError(problem, where="" if path is None else str(path)) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem = f"the settings cannot be read: {error.strerror or error}"
        raise SettingsError(problem, where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"the settings are not valid TOML: {error}"
        raise SettingsError(problem, where=str(path)) from error


def _check_module(name: str) -> str:
    if name not in MODULES:
        close = difflib.get_close_matches(name, MODULES, n=1, cutoff=0.4)
        problem = f"there is no module {name!r}"
        remedy = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(MODULES)}"
        raise SettingsError(problem, remedy=remedy)
    return name
