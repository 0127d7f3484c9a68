"""`swanneck.workflows` has the function of every verb, whatever was imported before."""

import inspect
import subprocess
import sys

import pytest

import swanneck.workflows


@pytest.mark.parametrize("name", swanneck.workflows.__all__)
def test_every_name_is_a_function_however_it_is_reached(name) -> None:
    module = f"swanneck.workflows.{name}"
    code = (
        f"import inspect, swanneck.workflows as w\nassert inspect.isfunction(w.{name})\n"
        f"import {module}\nassert inspect.isfunction(w.{name})\n"
        f"from swanneck.workflows import {name}\nassert inspect.isfunction({name})\n"
        f"from {module} import {name} as again\nassert again is w.{name}"
    )
    exec(compile(code, "<test>", "exec"), {})


def test_the_package_loads_its_functions_only_when_they_are_used() -> None:
    code = "import sys, swanneck.workflows as w; print(*[m for m in ('numba', 'polars', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'screen_plates'"):
        swanneck.workflows.screen_plates  # noqa: B018


def test_the_functions_take_what_a_notebook_has_at_hand() -> None:
    for name in ("screen_plate", "check_campaign", "tune_campaign"):
        first = next(iter(inspect.signature(getattr(swanneck.workflows, name)).parameters.values()))
        assert first.name == "campaign"
