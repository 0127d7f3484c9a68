"""The `swanneck` command: words in, a workflow called, words out. The only room that prints."""

from swanneck.cli.app import main

__all__ = ["main"]
