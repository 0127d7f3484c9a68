"""Pages of the documentation as the tests see them: blocks, and a runner that does what a reader would do.

A fenced block may have a comment before it that tells the tests something a reader need not see:

    <!-- test: skip: the reason -->           the block is not run
    <!-- test: write layout.csv -->           the block is the content of this file
    <!-- test: add to trial/campaign.toml --> the TOML block is merged into this file
    <!-- test: with --wells 24 -->            options added to every `swanneck simulate plate` of the block
    <!-- test: fails -->                      the command ends with an error, which the block shows

and at its top a page may say `<!-- test: starts with trial -->`: the screened plate of the first tutorial lies there.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from swanneck.cli import main

ROOT = Path(__file__).parents[2]
MAKE_TRIAL = "swanneck simulate plate trial --wells 96 --fields 1 --size 300"

_FENCE = re.compile(
    r"^(?:<!--\s*test:\s*(?P<say>(?:(?!-->).)*?)\s*-->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(r"[<>≤≥]?[-−]?\d[\d.]*(?:e[+-]?\d+)?(?:\s[mµnpf]?M\b)?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, what the tests are told about it, and the line it starts on."""

    language: str
    text: str
    say: str
    line: int


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def starts_with_trial(self) -> bool:
        return "<!-- test: starts with trial -->" in self.text

    @property
    def blocks(self) -> list[Block]:
        return [
            Block(found["language"], found["text"], found["say"] or "", self.text.count("\n", 0, found.start()) + 1)
            for found in _FENCE.finditer(self.text)
        ]


def all_pages() -> list[Page]:
    """List the pages that users read, README first."""
    top = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    return [Page(path) for path in [*top, *sorted((ROOT / "docs").rglob("*.md"))] if path.is_file()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        pages = all_pages()
        metafunc.parametrize("page", pages, ids=[page.name for page in pages])


@dataclass
class Reader:
    """Does what a page says, block after block, in a folder of its own."""

    folder: Path
    names: dict[str, object] = field(default_factory=lambda: {"__name__": "__page__"})
    printed: str = ""

    def follow(self, block: Block) -> None:
        """Do what one block says, and compare what it shows with what comes."""
        if block.say.startswith("skip:"):
            return
        if block.say.startswith("write "):
            path = self.folder / block.say.removeprefix("write ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.say.startswith("add to "):
            path = self.folder / block.say.removeprefix("add to ")
            merged = merge(tomllib.loads(path.read_text(encoding="utf-8")), tomllib.loads(block.text))
            path.write_text(write_toml(merged), encoding="utf-8")
        elif block.language == "python":
            self._run_python(block)
        elif block.language in ("sh", "console"):
            self._run_commands(block)
        elif block.language == "text":
            compare(block.text.splitlines(), self.printed)

    def _run_python(self, block: Block) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(block.text, f"line {block.line}", "exec"), self.names)
        self.printed = out.getvalue()

    def _run_commands(self, block: Block) -> None:
        shown = block.language == "console"
        expected: list[str] = []
        for line in [*block.text.replace("\\\n", " ").splitlines(), "$ "]:
            if shown and not line.startswith("$ "):
                expected.append(line)
                continue
            compare(expected, self.printed)
            expected = []
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words[:1] == ["swanneck"]:
                self.run(words[1:], more=block.say.removeprefix("with ") if block.say.startswith("with ") else "")

                assert (self.status != 0) == (block.say == "fails"), self.printed

    def run(self, words: list[str], *, more: str = "") -> None:
        """Run one `swanneck` command in this process; without worker processes, which only take time to start."""
        if words[:2] == ["simulate", "plate"]:
            words = [*words, *more.split(), "--workers", "1"]
        if words[:2] == ["screen", "run"]:
            words = [*words, "--workers", "1"]
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
            self.status = run_command(words)
        self.printed = out.getvalue()

    status: int = 0


def run_command(words: list[str]) -> int:
    """Call the command with these words and give its exit status."""
    before = sys.argv
    sys.argv = ["swanneck", *words]
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    finally:
        sys.argv = before
    return 0


def compare(expected: list[str], printed: str) -> None:
    """Hold every expected line to a printed one; numbers may differ, `...` stands for anything."""
    came = {shape_of(line) for line in printed.splitlines()}
    missing = [line for line in expected if line.strip() not in ("", "...") and shape_of(line) not in came]
    assert not missing, "\n".join(["the page shows", *missing, "but this came:", printed])


def shape_of(line: str) -> str:
    """Reduce a line to its words: numbers with their units become one sign, runs of spaces one space."""
    return " ".join(_NUMBER.sub("#", line).split())


def merge(base: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    """Give `base` with the keys of `more`, tables merged."""
    merged = dict(base)
    for key, value in more.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def write_toml(content: Mapping[str, object], table: str = "") -> str:
    """Write nested tables of text, numbers and lists of text as TOML."""
    plain = {key: value for key, value in content.items() if not isinstance(value, Mapping)}
    lines = [f"[{table}]"] if table else []
    lines += [f"{_quote(key)} = {_toml_value(value)}" for key, value in plain.items()]
    below = [
        write_toml(value, f"{table}.{_quote(key)}" if table else _quote(key))
        for key, value in content.items()
        if isinstance(value, Mapping)
    ]
    return "\n".join([*lines, *below]) + "\n"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return _quote(value) if isinstance(value, str) else str(value)


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plate of the first tutorial, simulated and screened."""
    folder = tmp_path_factory.mktemp("trial")
    reader = Reader(folder)
    with contextlib.chdir(folder):
        for line in (MAKE_TRIAL, "swanneck screen run trial"):
            reader.run(line.split()[1:])
            assert reader.status == 0, reader.printed
    return folder / "trial"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader with an empty folder to work in."""
    with contextlib.chdir(tmp_path):
        yield Reader(tmp_path)


@pytest.fixture
def place_trial(request: pytest.FixtureRequest) -> Callable[[Path], Path]:
    """Puts a copy of the screened plate into a folder. Images and results are linked: they are replaced, not edited."""

    def place(folder: Path) -> Path:
        original = request.getfixturevalue("trial")
        edited = ("campaign.toml", "platemap.csv", "log.jsonl")
        copy = Path(shutil.copytree(original, folder / "trial", copy_function=os.link))
        for name in edited:
            (copy / name).unlink()
            shutil.copy(original / name, copy / name)
        return copy

    return place
