"""What the how-to pages promise word by word: names of files, words of plate maps."""

import re
from pathlib import Path

import pytest

from swanneck.imaging.readers import READERS
from swanneck.imaging.readers.pattern import compile_pattern, well_of
from swanneck.screening.plate_maps.words import COLUMN_NAMES, is_ambiguous, name_and_unit, role_of_word

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def table(page: str, heading: str) -> list[list[str]]:
    """Give the rows of the table below a heading of a page, without its head."""
    text = (HOW_TO / page).read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize(("name", "pattern"), table("file-names.md", "Write a pattern"))
def test_each_pattern_of_the_page_fits_its_file(name, pattern):
    found = compile_pattern(pattern.strip("`")).fullmatch(name.strip("`"))
    assert found is not None
    assert well_of(found.groupdict()) == "B03"


def test_the_readers_of_the_page_are_those_there_are():
    rows = table("file-names.md", "My microscope writes metadata")
    assert [name.strip("`") for name, _ in rows] == list(READERS)


@pytest.mark.parametrize(("role", "meaning", "words"), table("plate-map-words.md", "Roles"))
def test_each_word_for_a_role_is_understood(role, meaning, words):
    assert meaning
    assert {word: role_of_word(word) for word in quoted(words)} == dict.fromkeys(quoted(words), role.strip("`"))


def test_words_that_are_not_guessed_are_ambiguous():
    text = (HOW_TO / "plate-map-words.md").read_text(encoding="utf-8")
    sentence = re.search(r"^(`control`.*?)mean opposite", text, re.MULTILINE)
    assert sentence is not None
    assert all(map(is_ambiguous, quoted(sentence[1])))


@pytest.mark.parametrize(("column", "names"), table("plate-map-words.md", "Columns"))
def test_each_name_of_a_column_is_understood(column, names):
    parts = [part.strip().replace(" ", "_") for part in column.split(",")]
    parts += ["row", "column"] if column == "well" else ["concentration"] if column == "unit" else []
    for name in quoted(names):
        simple, unit = name_and_unit(name)
        assert unit or any(simple in COLUMN_NAMES[part] for part in parts), name
