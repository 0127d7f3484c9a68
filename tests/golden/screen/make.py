"""The golden plate: a small simulated plate and the tables that screening it gives, as CSV beside this file.

    python tests/golden/screen/make.py     # write the tables anew, after a change that is meant to change them

Look at the difference before committing it: it is what users will see change.
"""

import tempfile
from pathlib import Path

import polars as pl

from swanneck.screening.simulation import SimulationSettings
from swanneck.workflows import screen_plate, simulate_plate

HERE = Path(__file__).parent
TABLES = ("wells", "plates", "curves", "hits")
SETTINGS = SimulationSettings(
    wells=24, doses=8, fields=2, image_height=192, image_width=192, cell_density=2600, active_fraction=1.0, seed=11
)


def screen_golden_plate(folder: Path) -> dict[str, pl.DataFrame]:
    """Simulate the plate into a folder, screen it, and give its tables."""
    plate = simulate_plate(folder / "plate", SETTINGS)
    tables = screen_plate(plate.campaign, workers=1).tables
    return {name: getattr(tables, name) for name in TABLES}


def write_tables(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write tables as CSV with six significant digits."""
    six = pl.selectors.float().map_elements("{:.6g}".format, return_dtype=pl.String)
    for name, table in tables.items():
        table.with_columns(six).write_csv(folder / f"{name}.csv")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_tables(screen_golden_plate(Path(folder)), HERE)


if __name__ == "__main__":
    main()
