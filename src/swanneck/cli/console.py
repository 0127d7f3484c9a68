"""How the command speaks: progress bars, error lines, tables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

from swanneck.foundation.errors import SettingsError, SwanneckError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from swanneck.foundation.settings import Settings

_Kind = TypeVar("_Kind", bound="Settings")

__all__ = ["explain", "print_rows", "read_settings", "show_progress", "show_signed", "write_table"]


def explain(error: SwanneckError) -> None:
    """Print an error as one line on standard error."""
    typer.echo("error: " + " ".join(str(error).split()), err=True)


@contextmanager
def show_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar per step on standard error; gives the callback `progress(step, done, all)`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    steps: dict[str, TaskID] = {}
    bars = Progress(*columns, console=Console(stderr=True))

    def advance(step: str, done: int, total: int) -> None:
        if total == 0:
            return
        if not steps:
            bars.start()  # not before, and no stop without it: each would leave an empty line above an error
        if step not in steps:
            steps[step] = bars.add_task(step, total=total)
        bars.update(steps[step], completed=done, total=total)

    try:
        yield advance
    finally:
        if steps:
            bars.stop()


def print_rows(header: list[str], rows: list[list[str]]) -> None:
    """Print a table in columns as wide as their longest entry, the first column to the left."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def show_signed(value: float | None, relation: str) -> str:
    """Write a number with its relation where it is censored, a dash where there is none.

    >>> show_signed(0.25, "="), show_signed(16.0, ">"), show_signed(None, "undefined")
    ('0.25', '>16', '–')
    """
    return "–" if value is None else f"{'' if relation == '=' else relation}{value:.4g}"


def write_table(table: "pl.DataFrame", out: "Path | None") -> None:
    """Write a table as CSV where a file was named, and say so."""
    from swanneck.foundation.files import write_atomically

    if out:
        write_atomically(out, table.write_csv().encode())
        typer.echo(f"Table: {out}")


def read_settings(kind: "type[_Kind]", values: Mapping[str, object], options: Mapping[str, str]) -> "_Kind":
    """Make settings of what was typed; an error names the option (`options` has those not called as the setting)."""
    from pydantic import ValidationError

    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        option = f"--{options.get(name, name).replace('_', '-')}: " if name else ""
        problem = option + first["msg"].replace("Value error, ", "")
        raise SettingsError(problem) from error
