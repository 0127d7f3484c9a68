"""Errors say what, where and what to do, and travel between processes."""

import pickle

import pytest

from swanneck.foundation import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_keeps_its_parts_on_the_way_to_another_process(name):
    error = getattr(errors, name)("no image", where="well B07", remedy="Copy it again")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == "no image (well B07). Copy it again"


def test_errors_are_builtin_errors_too():
    assert issubclass(errors.SettingsError, ValueError)
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.StorageError, OSError)
