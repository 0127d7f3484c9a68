"""What a page tells a reader to do works, in the order of the page."""

import tomllib
from collections.abc import Callable

import pytest

LANGUAGES = {"python", "sh", "console", "toml", "csv", "text", "sql", "json", "r"}


def test_what_a_page_says_works(page, reader, request, place_trial: Callable):
    if not any(block.language in ("python", "sh", "console") for block in page.blocks):
        pytest.skip("the page has nothing to run")
    if page.starts_with_trial:
        place_trial(reader.folder)
    for block in page.blocks:
        try:
            reader.follow(block)
        except BaseException as error:
            error.add_note(f"{page.name}, line {block.line}")
            raise


def test_blocks_say_their_language_and_toml_is_toml(page):
    for block in page.blocks:
        assert block.language in LANGUAGES, f"{page.name}, line {block.line}: no language"
        if block.language == "toml":
            tomllib.loads(block.text)


def test_what_is_not_run_says_why(page):
    for block in page.blocks:
        if block.say.startswith("skip"):
            assert len(block.say.removeprefix("skip:").split()) >= 3, f"{page.name}, line {block.line}"
