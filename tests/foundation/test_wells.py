"""Well names: one spelling inside, many outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.wells import parse_well, plate_shape, plate_wells, well_name, well_position

positions = st.tuples(st.integers(0, 31), st.integers(0, 47))


@given(positions)
def test_every_well_of_a_1536_well_plate_survives_a_round_trip(position):
    assert well_position(well_name(*position)) == position


@given(positions)
def test_all_spellings_of_a_well_are_one_well(position):
    row, column = position
    name = well_name(row, column)
    letters = name.rstrip("0123456789")
    spellings = [
        name.lower(), f"{letters}{column + 1}", f"{letters}-{column + 1}", f"r{row + 1:02d}c{column + 1:02d}",
        f"{row + 1:03d}{column + 1:03d}",
    ]  # fmt: skip
    assert {parse_well(spelling) for spelling in spellings} == {name}


@pytest.mark.parametrize("text", ["", "A", "7", "A00", "A1B", "AAA1", "r00c01", "Ä1", "A1.5", "000001"])
def test_what_is_no_well_is_refused(text):
    with pytest.raises(InputError, match="not the name of a well"):
        parse_well(text)


def test_a_plate_has_its_number_of_different_wells():
    wells = plate_wells(384)
    assert len(set(wells)) == 384 and wells[0] == "A01" and wells[-1] == "P24"
    assert plate_shape(wells) == (16, 24)


def test_a_plate_of_odd_size_is_refused():
    with pytest.raises(SettingsError, match="got 100"):
        plate_wells(100)
