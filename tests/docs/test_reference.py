"""The reference says what is: columns of a real run, keys of the campaign, options of the commands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from swanneck.cli.app import app
from swanneck.workflows import analyse_table
from swanneck.workflows.campaign import Campaign

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
WORDS = {pl.String: "text", pl.Float64: "number", pl.Int64: "whole number", pl.Boolean: "true/false"}
TABLES = [
    "wells", "plates", "curves", "points", "hits", "effects", "drift", "runs", "ratios", "cells", "fields",
]  # fmt: skip
STAND_FOR = {
    "<Region>": "(Nuclei|Cells|Cytoplasm)", "<Channel>": "(DNA|Virus)", "<efficacy>": "infected_fraction",
    "<viability>": "cell_count", "<readout>": "own_readout",
}  # fmt: skip


def sections(page: str) -> dict[str, str]:
    """Give the text below each second-level heading."""
    parts = re.split(r"^## (.*)$", (REFERENCE / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """Give the rows of all Markdown tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").replace("\\|", "\0").split("|")] for line in lines]
    return [[cell.replace("\0", "|") for cell in row] for row in cells if row[0].startswith("`")]


# --- tables.md


@pytest.fixture(scope="module")
def from_table(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a table whose plate map has every optional column, and a readout of another name."""
    folder = tmp_path_factory.mktemp("optional")
    optional = {"replicate": "1", "batch": "b1", "cell_line": "Vero"}
    table = pl.read_csv(trial / "platemap.csv").with_columns(
        pl.lit(value).alias(name) for name, value in optional.items()
    )
    table.write_csv(folder / "layout.csv")
    analyse_table(trial / "results" / "wells.parquet", layout=folder / "layout.csv", out=folder)
    return folder


def documented(name: str) -> list[tuple[re.Pattern[str], str, bool]]:
    """List the documented columns of a table: what they match, their type, and whether they are always there."""
    section = next(text for title, text in sections("tables.md").items() if title.startswith(name))
    listed = []
    for column, kind, *_ in rows(section):
        pattern = re.escape(column.strip("`"))
        for word, stands_for in STAND_FOR.items():
            pattern = pattern.replace(re.escape(word), stands_for)
        listed.append((re.compile(pattern), kind.rstrip("?"), not kind.endswith("?")))
    return listed


def real(name: str, trial: Path) -> pl.DataFrame:
    folder = trial / "results"
    paths = [folder / f"{name}.parquet", *sorted((folder / name).glob("*/*.parquet"))]
    return pl.read_parquet(next(path for path in paths if path.is_file()))


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_a_run_is_documented_with_its_type(name, trial):
    listed = documented(name)
    for column, kind in real(name, trial).schema.items():
        told = [words for pattern, words, _ in listed if pattern.fullmatch(column)]
        assert told, f"{name}: {column} is not documented"
        # A column in which every value is missing has no type of its own.
        assert kind == pl.Null or told[0] == WORDS[type(kind)], f"{name}: {column} is {kind}"


@pytest.mark.parametrize("name", TABLES)
def test_every_documented_column_is_there(name, trial):
    columns = real(name, trial).columns
    for pattern, _, always in documented(name):
        assert not always or any(map(pattern.fullmatch, columns)), f"{name}: {pattern.pattern} does not exist"


@pytest.mark.parametrize(("name", "columns"), [
    ("wells", ["replicate", "batch", "cell_line"]), ("curves", ["batch", "cell_line"]),
    ("points", ["batch", "cell_line"]), ("hits", ["batch", "cell_line"]),
])  # fmt: skip
def test_optional_columns_come_from_the_plate_map(name, columns, from_table):
    table = pl.read_parquet(from_table / f"{name}.parquet")
    assert set(columns) <= set(table.columns)
    optional = {pattern.pattern for pattern, _, always in documented(name) if not always}
    assert set(columns) <= optional


def test_other_files_exist(trial):
    for name, _ in rows(sections("tables.md")["Other files"]):
        pattern = re.sub(r"<\w+>", "*", name.strip("`"))
        there = (trial / "log.jsonl").is_file() if pattern.startswith("..") else any((trial / "results").glob(pattern))
        assert there or pattern == "tune.html", f"{pattern} does not exist"


# --- campaign.md


def keys(model: type[BaseModel], table: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """List the keys that a campaign file may have, as `table.key`."""
    for name, info in model.model_fields.items():
        if info.exclude:
            continue
        below = [kind for kind in (info.annotation, *get_args(info.annotation)) if isinstance(kind, type)]
        nested = next((kind for kind in below if issubclass(kind, BaseModel)), None)
        if nested is None:
            yield f"{table}{name}", info
        else:
            yield from keys(nested, f"{table}{name}.")


def documented_keys() -> dict[str, str]:
    """Give every key that the page documents with the default it tells."""
    found = {}
    for title, text in sections("campaign.md").items():
        table = "" if title.startswith("At the top") else title.strip("`[]") + "."
        for key, _, default, *_ in rows(text):
            found[table + key.strip("`")] = default.strip("`")
    return found


def written(info: FieldInfo) -> str:
    """Write a default as the campaign file would."""
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, tuple) and value and isinstance(value[0], str):
        return json.dumps(value)
    return f'"{value}"' if isinstance(value, str | Path) else str(value).lower()


def test_every_campaign_key_is_documented_and_no_other():
    real_keys = {"channels.<name>" if key == "channels" else key for key, _ in keys(Campaign)}
    assert set(documented_keys()) == real_keys


def test_defaults_are_those_of_the_code():
    told = documented_keys()
    for key, info in keys(Campaign):
        if key != "channels":
            assert told[key] == written(info), key


# --- cli.md


def verbs() -> Iterator[tuple[str, object]]:
    """List every command with its name as it is typed."""
    root = typer.main.get_command(app)
    for name, command in root.commands.items():
        if not hasattr(command, "commands"):
            yield f"swanneck {name}", command
            continue
        for below, verb in command.commands.items():
            yield f"swanneck {name} {below}", verb


VERBS = dict(verbs())


def test_every_verb_is_documented_and_no_other():
    assert {title.strip("`") for title in sections("cli.md") if title.startswith("`swanneck")} == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_explained_as_its_help_explains_it(verb):
    section, command = sections("cli.md")[f"`{verb}`"], VERBS[verb]
    assert " ".join(command.help.split()) in " ".join(section.split())
    told = {name.strip("`"): [default.strip("`"), text] for name, default, text in rows(section)}
    asked = {}
    for parameter in command.params:
        option = parameter.param_type_name == "option"
        name = next(word for word in parameter.opts if word.startswith("--")) if option else parameter.name.upper()
        default = "required" if parameter.required else "none" if parameter.default is None else str(parameter.default)
        asked[name] = [default.removeprefix("False") or "off", parameter.help]
    assert told == asked


@pytest.mark.parametrize("verb", VERBS)
def test_the_command_itself_prints_what_is_documented(verb, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", [*verb.split(), "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        app()
    shown = capsys.readouterr().out
    for name, *_ in rows(sections("cli.md")[f"`{verb}`"]):
        assert name.strip("`").lower() in shown.lower()
