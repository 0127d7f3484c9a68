"""The command as a whole: help, speed, exit codes, one line per error, a traceback only when asked for."""

import os
import statistics
import subprocess
import sys

import pytest
import typer

from swanneck.cli import app as tree
from swanneck.foundation.errors import SettingsError, StorageError
from swanneck.workflows import screen_plate as module_check  # noqa: F401 - the function that `run` looks up

HEAVY = ("numba", "polars", "scipy", "numpy")


def verbs() -> list[tuple[str, ...]]:
    """Every verb of the command, as the words to type."""
    root = typer.main.get_command(tree.app)
    return [
        (name, *verb)
        for name, command in root.commands.items()
        for verb in ([(below,) for below in command.commands] if hasattr(command, "commands") else [()])
    ]


@pytest.mark.parametrize("words", verbs(), ids=" ".join)
def test_the_help_of_every_verb_has_an_example(swanneck, words) -> None:
    code, out, err = swanneck(*words, "--help")
    assert (code, err) == (0, "")
    assert f"Example: swanneck {' '.join(words)}" in " ".join(out.split())


@pytest.mark.parametrize("words", [(), ("screen",), ("simulate",)])
def test_help_names_what_can_be_typed_next(swanneck, words) -> None:
    _, out, err = swanneck(*words, "--help")
    following = {verb[len(words)] for verb in verbs() if verb[: len(words)] == words}
    assert [name for name in following if name not in out + err] == []


def test_help_answers_in_half_a_second_of_computing() -> None:
    def seconds() -> float:
        process = subprocess.Popen(
            [sys.executable, "-m", "swanneck", "--help"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_utime + usage.ru_stime

    assert statistics.median(seconds() for _ in range(3)) < 0.5


@pytest.mark.parametrize("words", [(), ("screen", "run")])
def test_help_imports_nothing_heavy(words) -> None:
    code = (
        f"import sys; sys.argv = ['swanneck', *{words!r}, '--help']\n"
        "import swanneck.cli\n"
        "try: swanneck.cli.main()\n"
        "except SystemExit: pass\n"
        f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"


def test_the_version_is_printed(swanneck) -> None:
    assert swanneck("--version")[:2] == (0, "swanneck 0.1.0\n")


@pytest.mark.parametrize(
    "words",
    [
        ("scren",),
        ("screen", "rum"),
        ("screen", "run"),
        ("screen", "run", "a", "b"),
        ("screen", "tune", ".", "--wells", "x"),
    ],
)
def test_a_slip_of_the_fingers_is_exit_code_2_without_a_traceback(swanneck, words) -> None:
    code, _, err = swanneck(*words)
    assert code == 2
    assert "Traceback" not in err and "Usage" in err


def test_an_expected_error_is_one_line_and_exit_code_1(swanneck, tmp_path) -> None:
    code, out, err = swanneck("screen", "run", tmp_path / "nowhere")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("error: there is no such campaign file")
    assert "nowhere" in err and "swanneck screen init" in err


def test_debug_shows_the_traceback(in_a_process, tmp_path) -> None:
    done = in_a_process("simulate", "plate", tmp_path / "demo", "--wells", 17, "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr and "SettingsError" in done.stderr


@pytest.mark.parametrize("position", [0, 1, 3])
def test_debug_may_stand_anywhere(swanneck, tmp_path, position) -> None:
    words = ["screen", "run", tmp_path / "nowhere"]
    words.insert(position, "--debug")
    with pytest.raises(SettingsError):
        swanneck(*words)


@pytest.fixture
def failing_run(monkeypatch):
    """Let `swanneck screen run` meet an error."""

    def fail_with(error) -> None:
        def fail(*given, **named):
            raise error

        monkeypatch.setattr(sys.modules["swanneck.workflows.screen_plate"], "screen_plate", fail)

    return fail_with


def test_a_defect_of_ours_is_told_as_one(swanneck, failing_run, campaign) -> None:
    failing_run(KeyError("x"))
    code, _, err = swanneck("screen", "run", campaign)
    assert code == 1
    assert err.splitlines()[-2:] == [
        "error: KeyError: 'x'", "This is a defect in swanneck. Run again with --debug and report what it prints."
    ]  # fmt: skip


def test_ctrl_c_is_exit_code_130_and_one_line(swanneck, failing_run, campaign) -> None:
    failing_run(KeyboardInterrupt())
    code, _, err = swanneck("screen", "run", campaign)
    assert (code, err.splitlines()[-1].split(".")[0]) == (130, "Interrupted")


def test_a_full_disk_is_one_line(swanneck, failing_run, campaign) -> None:
    failing_run(
        StorageError("cannot write wells.parquet: No space left on device", where="results", remedy="Free some")
    )
    code, _, err = swanneck("screen", "run", campaign)
    assert code == 1
    assert err.splitlines()[-1] == "error: cannot write wells.parquet: No space left on device (results). Free some"


def test_a_reader_that_leaves_the_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m swanneck screen --help | head -n 1 > /dev/null; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
