"""The command's tree, and the one place where an error becomes a line of text."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

import swanneck
from swanneck.cli import (
    candidates,
    combinations,
    compounds,
    curves,
    diagnostics,
    images,
    potencies,
    profiles,
    screen,
    simulate,
    vaccine,
)
from swanneck.cli.console import explain
from swanneck.cli.export import export
from swanneck.cli.measure import measure
from swanneck.foundation.errors import SwanneckError

__all__ = ["app", "main"]


class _InterruptedError(Exception):
    """Ctrl-C, under a name that typer does not take for its own: it would leave without a word."""


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _InterruptedError from error


app = typer.Typer(
    cls=_Commands,
    name="swanneck",
    help="From a plate of microscope images to a page of hits.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: swanneck simulate plate demo && swanneck screen run demo/campaign.toml",
)
app.add_typer(screen.app, name="screen")
app.add_typer(curves.app, name="curves")
app.add_typer(combinations.app, name="combinations")
app.add_typer(potencies.app, name="potencies")
app.add_typer(profiles.app, name="profiles")
app.add_typer(compounds.app, name="compounds")
app.add_typer(candidates.app, name="candidates")
app.add_typer(diagnostics.app, name="diagnostics")
app.add_typer(vaccine.app, name="vaccine")
app.add_typer(simulate.app, name="simulate")
app.add_typer(images.app, name="images")
app.command(epilog="Example: swanneck export my-plate --to pycytominer --out profiles")(export)
app.command(epilog="Example: swanneck measure --image DNA=dna.tif --labels Nuclei=nuclei.tif --out features.parquet")(
    measure
)

_INTERRUPTED = 130


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if value:
        typer.echo(f"swanneck {swanneck.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: bool = typer.Option(
        False, "--version", help="Print the version and leave.", callback=_show_version, is_eager=True
    ),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
) -> None:
    """Take the options that every verb shares."""


def main() -> None:
    """Run the command; an expected error prints as one line and gives exit code 1, Ctrl-C gives 130."""
    debug = "--debug" in sys.argv
    # The option may stand anywhere on the line.
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(args=arguments, prog_name="swanneck")
    except SwanneckError as error:
        if debug:
            raise
        explain(error)
        sys.exit(1)
    except (KeyboardInterrupt, _InterruptedError):
        if debug:
            raise
        typer.echo("Interrupted. What is finished is kept: run the same command again to go on.", err=True)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe has gone (swanneck ... | head): nobody is left to tell.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last border: a defect of ours still ends in one line
        if debug:
            raise
        typer.echo(f"error: {type(error).__name__}: {error}", err=True)
        typer.echo("This is a defect in swanneck. Run again with --debug and report what it prints.", err=True)
        sys.exit(1)
