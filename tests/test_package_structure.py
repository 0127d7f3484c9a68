"""The shape of the package itself: what a reviewer would otherwise have to look for in every module."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import swanneck

SOURCE = Path(swanneck.__file__).parent
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(SOURCE)], "swanneck."))
PUBLIC = [name for name in MODULES if not any(part.startswith("_") for part in name.split("."))]
ROOMS = [name for name in PUBLIC if name.count(".") == 1]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}
MOST_POSITIONAL = 4
MOST_LINES, MOST_LINES_OF_KERNELS = 400, 700


def path_of(module: str) -> Path:
    path = SOURCE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


def public_functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    """The functions of a module's __all__, and the public methods of its classes, that are defined there."""
    for name in module.__all__:
        member = getattr(module, name)
        if inspect.isclass(member) and member.__module__ == module.__name__:
            for key, method in vars(member).items():
                plain = inspect.unwrap(getattr(method, "__func__", getattr(method, "fget", method)) or method)
                if inspect.isfunction(plain) and not key.startswith("_"):
                    yield f"{name}.{key}", plain
        elif inspect.isfunction(inspect.unwrap(member)) and inspect.unwrap(member).__module__ == module.__name__:
            yield name, inspect.unwrap(member)


def is_package(module: str) -> bool:
    return path_of(module).name == "__init__.py"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_module_says_what_it_is_for(name: str) -> None:
    docstring = ast.get_docstring(tree_of(name))
    assert docstring
    assert docstring.splitlines()[0].rstrip()[-1] in ".:?!"


@pytest.mark.parametrize("name", [name for name in PUBLIC if not is_package(name)])
def test_every_public_module_lists_its_names_and_has_them(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__all__
    assert list(module.__all__) == list(dict.fromkeys(module.__all__))
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []


@pytest.mark.parametrize("name", [name for name in PUBLIC if is_package(name)])
def test_what_a_package_offers_is_there(name: str) -> None:
    module = importlib.import_module(name)
    assert [missing for missing in getattr(module, "__all__", []) if not hasattr(module, missing)] == []


@pytest.mark.parametrize("name", [name for name in PUBLIC if not is_package(name)])
def test_public_functions_are_documented_annotated_and_short_to_call(name: str) -> None:
    for called, function in public_functions(importlib.import_module(name)):
        signature = inspect.signature(function)
        own = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
        assert inspect.getdoc(function), f"{name}.{called} has no docstring"
        assert signature.return_annotation is not inspect.Signature.empty, f"{name}.{called} says not what it gives"
        bare = [one.name for one in own if one.annotation is inspect.Parameter.empty]
        assert not bare, f"{name}.{called}: {', '.join(bare)} without a type"
        positional = [one for one in own if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        assert len(positional) <= MOST_POSITIONAL, f"{name}.{called} takes {len(positional)} positional parameters"


def test_no_module_is_a_dumping_ground() -> None:
    parts = {part.strip("_") for name in MODULES for part in name.split(".")}
    assert parts & FORBIDDEN_NAMES == set()


@pytest.mark.parametrize("name", MODULES)
def test_no_module_outgrows_its_reader(name: str) -> None:
    limit = MOST_LINES_OF_KERNELS if name.endswith("_kernels") else MOST_LINES
    assert len(path_of(name).read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("swanneck.cli")])
def test_only_the_command_line_prints(name: str) -> None:
    calls = (node.func for node in ast.walk(tree_of(name)) if isinstance(node, ast.Call))
    assert "print" not in [call.id for call in calls if isinstance(call, ast.Name)]


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_caught_without_a_name(name: str) -> None:
    handlers = [node for node in ast.walk(tree_of(name)) if isinstance(node, ast.ExceptHandler)]
    assert [node.lineno for node in handlers if node.type is None] == []


def test_importing_every_room_writes_nothing_and_prints_nothing(tmp_path: Path) -> None:
    code = f"import {', '.join(['swanneck', *ROOMS])}"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_importing_every_room_waits_for_nothing_heavy() -> None:
    heavy = ("numba", "polars", "scipy", "numpy", "pandas", "imagecodecs")
    code = f"import sys, {', '.join(['swanneck', *ROOMS])}; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
