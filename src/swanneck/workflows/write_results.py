"""Tables, page and provenance of a run, each written whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl

from swanneck.foundation.files import file_sha256, write_atomically, write_parquet
from swanneck.foundation.provenance import software_versions
from swanneck.reports.screen_report import render_screen_report
from swanneck.reports.screen_results import ScreenResults
from swanneck.screening.assays import Readout
from swanneck.workflows.analyse_wells import ScreenTables
from swanneck.workflows.measure_well import WellFiles

__all__ = ["write_results"]


_MOST_PICTURES = 4 * 384
"""A picture takes about 7 kB of the page, and a page of more than 15 MB is slow to open and too large for mail."""


def write_results(
    tables: ScreenTables,
    results: Path,
    *,
    name: str,
    readouts: list[Readout],
    settings: Mapping[str, object],
    messages: list[str],
    made_from: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """Write the tables (Parquet), the hits as CSV, the page and the provenance below `results`; give the page's path.

    Equal tables and settings give equal bytes: no file holds a time. `made_from` is what else the record
    shall say of where the tables came from: how nuclei were found, the key of the cells.
    """
    outputs = {}
    named = {name: getattr(tables, name) for name in ("wells", "plates", "curves", "points", "hits", "fields")}
    named |= {name: getattr(tables.consistency, name) for name in ("effects", "drift", "runs", "ratios")}
    for name_of_table, table in named.items():
        if table is not None:
            path = results / f"{name_of_table}.parquet"
            write_parquet(path, table)
            outputs[path.name] = file_sha256(path)
    provenance = {"versions": software_versions(), **made_from}
    page = results / "report" / "index.html"
    write_atomically(page.with_name("hits.csv"), tables.hits.write_csv().encode())
    content = render_screen_report(ScreenResults(
        campaign=name, wells=tables.wells, plates=tables.plates, curves=tables.curves, curve_points=tables.points,
        hits=tables.hits, readouts=readouts, cascade=tables.cascade,
        thumbnails=_read_thumbnails(tables, results), settings=settings, provenance=provenance,
        messages=messages, minimum_selectivity=tables.minimum_selectivity,
        consistency=tables.consistency,
    ))  # fmt: skip
    write_atomically(page, content.encode())
    outputs["report/index.html"] = file_sha256(page)
    record = {**provenance, "settings": settings, "messages": messages, "outputs": outputs}
    write_atomically(results / "provenance.json", json.dumps(record, indent=1, default=str).encode())
    return page


def _read_thumbnails(tables: ScreenTables, results: Path) -> dict[tuple[str, str], bytes]:
    """Read the pictures that go into the page: all of them, or of a large screen those of hits and controls."""
    wells = tables.wells.select("plate", "well", "role", "compound")
    if wells.height > _MOST_PICTURES:
        hits = tables.hits.filter("is_hit").select("compound").unique()
        controls = wells.filter(pl.col("role").str.ends_with("_control")).group_by("plate", maintain_order=True).head(8)
        wells = pl.concat([wells.join(hits, on="compound", how="semi"), controls.select(wells.columns)]).unique(
            maintain_order=True
        )
    pictures = {}
    for plate, well in wells.select("plate", "well").head(_MOST_PICTURES).iter_rows():
        path = WellFiles.of(results, plate, well).thumbnail
        if path.is_file():
            pictures[plate, well] = path.read_bytes()
    return pictures
