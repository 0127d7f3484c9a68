"""Amplification curves read: Cq of simulated curves, flags, standard curves, and files that are none."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from swanneck.diagnostics.reading.amplification import fit_standard_curve, read_amplification
from swanneck.diagnostics.reading.curve_files import read_curves
from swanneck.diagnostics.reading.sigmoid import fit_sigmoid
from swanneck.diagnostics.reading.spreadsheet import AmplificationCurve
from swanneck.foundation.errors import InputError
from swanneck.workflows import read_results

CYCLES = np.arange(1.0, 46.0)


def curve(copies, *, name="A01", efficiency=0.95, plateau=10.0, noise=0.01, seed=1, kind=""):
    """Simulate exponential growth that saturates, on a drifting baseline."""
    start = copies * 1e-9
    grown = start * (1 + efficiency) ** CYCLES if copies else np.zeros(CYCLES.size)
    value = 1.0 + 0.002 * CYCLES + plateau * grown / (grown + 1)
    noisy = value + np.random.default_rng(seed).normal(0, noise, CYCLES.size)
    return AmplificationCurve(name, name, "T", kind, copies or None, CYCLES, noisy)


def test_a_tenth_of_the_copies_comes_later_by_a_slope_of_the_efficiency():
    readings = read_amplification([curve(10.0**power, seed=power) for power in range(2, 8)])
    fitted = fit_standard_curve([one.copies for one in readings], [one.cq for one in readings])
    assert fitted.efficiency == pytest.approx(0.95, abs=0.04)
    assert fitted.efficiency_interval[0] < fitted.efficiency < fitted.efficiency_interval[1]
    second = fit_standard_curve([one.copies for one in readings], [one.cq_second_derivative for one in readings])
    assert second.efficiency == pytest.approx(0.95, abs=0.05)


def test_what_does_not_amplify_has_no_cq():
    readings = read_amplification([curve(1e5), curve(0)])
    assert np.isnan(readings[1].cq)
    assert readings[1].flags == ("no amplification",)


def test_low_plateaus_late_curves_and_controls_are_flagged():
    odd = [curve(1e5), curve(1e4), curve(1e5, plateau=2.0), curve(1e5, kind="ntc")]
    flags = [one.flags for one in read_amplification(odd)]
    assert flags[0] == ()
    assert "low plateau" in flags[2][0]
    assert flags[3] == ("a control without template amplifies",)


def test_a_curve_that_drifts_has_no_cq():
    drift = AmplificationCurve(
        "A02", "A02", "T2", "", None, CYCLES, 1 + 0.05 * np.maximum(CYCLES - 12, 0) + curve(0).fluorescence
    )
    assert read_amplification([curve(1e5), drift])[1].flags == ("no amplification: drifts slowly",)


def test_crosstalk_into_empty_wells_is_compared_with_all_curves_of_the_dye():
    filled = replace(curve(1e5), dye="FAM")
    empty = replace(curve(1e5, plateau=0.2, kind="ntc", noise=0.0005), dye="FAM", target="empty")
    assert read_amplification([filled, empty])[1].flags == ("no amplification",)
    assert np.isfinite(read_amplification([filled, replace(empty, dye="Cy5")])[1].cq)


def test_the_cycle_of_the_model_moves_with_the_dilution():
    readings = read_amplification([curve(10.0**power, seed=power) for power in range(3, 8)])
    fitted = fit_standard_curve([one.copies for one in readings], [one.cq_model for one in readings])
    assert fitted.efficiency == pytest.approx(0.95, abs=0.05)
    assert fit_sigmoid(CYCLES, np.zeros(CYCLES.size)) is None
    assert fit_sigmoid(CYCLES[:5], np.ones(5)) is None


def test_missing_values_are_told_and_bridged():
    gappy = curve(1e5)
    gappy.fluorescence[[4, 20]] = np.nan
    reading = read_amplification([gappy])[0]
    assert reading.flags == ("missing values",)
    assert reading.cq == pytest.approx(read_amplification([curve(1e5)])[0].cq, abs=0.3)


def test_a_table_is_read(tmp_path):
    wells = [curve(1e5), curve(1e3)]
    lines = [f"{cycle:g},{a:.5f},{b:.5f}" for cycle, a, b in zip(CYCLES, wells[0].fluorescence,
             wells[1].fluorescence, strict=True)]  # fmt: skip
    (tmp_path / "run.csv").write_text("\n".join(["Cycle,A01,A02", *lines]) + "\n")
    read = read_results(tmp_path / "run.csv", out=tmp_path / "out").runs["run.csv"]
    assert [one.name for one in read.readings] == ["A01", "A02"]
    assert read.readings[0].cq < read.readings[1].cq
    assert (tmp_path / "out" / "cq.csv").read_text().startswith("file,well,sample,target")


def test_rdml_is_read_with_its_standards(tmp_path):
    points = "".join(f"<adp><cyc>{c:g}</cyc><fluor>{v:.5f}</fluor></adp>" for c, v in
                     zip(CYCLES, curve(1e5).fluorescence, strict=True))  # fmt: skip
    text = (
        '<rdml version="1.1" xmlns="http://www.rdml.org"><sample id="s"><type>std</type><quantity><value>1e5</value>'
        '</quantity></sample><experiment id="e"><run id="r"><react id="1"><sample id="s"/><data><tar id="T"/>'
        f"{points}</data></react></run></experiment></rdml>"
    )
    with zipfile.ZipFile(tmp_path / "run.rdml", "w") as archive:
        archive.writestr("rdml_data.xml", text)
    found = read_curves(tmp_path / "run.rdml")
    assert [(one.target, one.kind, one.copies) for one in found] == [("T", "std", 1e5)]


@pytest.mark.parametrize(("name", "content", "told"), [
    ("a.csv", b"x,y\n1,2\n", "first column is the cycle"), ("a.csv", b"cycle,A\n1,x\n", "wanted numbers"),
    ("a.rdml", b"PK\x03\x04 not a zip", "as RDML"), ("a.csv", b"", "is empty"),
    ("a.csv", b"cycle,A\n1,2\n", "at least 10 cycles"), ("a.csv", b"cycle\n1\n2\n", "column for each well"),
    ("a.csv", b"cycle,A\n" + b"5,1\n" * 12, "count upwards"), ("a.csv", bytes(range(256)), "binary"),
], ids=["columns", "words", "zip", "empty", "one cycle", "no well", "one cycle again", "bytes"])  # fmt: skip
def test_what_holds_no_curves_is_told(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_curves(tmp_path / name)


def test_xml_that_declares_entities_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.rdml", "w") as archive:
        archive.writestr("rdml_data.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><rdml>&a;</rdml>')
    with pytest.raises(InputError, match="entities"):
        read_curves(tmp_path / "bomb.rdml")


def test_standards_of_a_real_run_are_recovered(shared_data):
    read = read_results(shared_data / "diagnostics" / "qpcr" / "stepone_std.rdml").runs["stepone_std.rdml"]
    standard = read.standards["RNase P"]
    assert 0.85 < standard.efficiency < 1.05
    for one in read.readings:
        if one.copies:
            assert standard.copies_of(one.cq) == pytest.approx(one.copies, rel=0.3)
    assert all(one.flags for one in read.readings if one.kind == "ntc")


def test_known_copies_of_a_dilution_series_are_recovered(shared_data):
    pytest.importorskip("python_calamine", reason="the extra `excel` is not installed")
    name = "guescini2008_MOESM1.xls"
    read = read_results(shared_data / "diagnostics" / "qpcr" / name).runs[name]
    assert len(read.readings) == 420
    standard = read.standards["Amplification mix percentage 1.0"]
    ratios = [standard.copies_of(one.cq) / one.copies for one in read.readings if one.target.endswith("1.0")]
    assert 0.9 < np.median(ratios) < 1.1
    assert np.quantile(np.abs(np.log10(ratios)), 0.9) < 0.2


def test_empty_wells_of_a_real_run_do_not_amplify(shared_data):
    run = read_results(shared_data / "diagnostics" / "qpcr" / "lc96_bACTXY.rdml").runs["lc96_bACTXY.rdml"]
    assert {one.flags for one in run.readings if one.kind == "ntp"} == {("no amplification",)}
    assert all(np.isfinite(one.cq) for one in run.readings if one.kind == "std")


@pytest.mark.parametrize("cycle", ["cq", "cq_second_derivative", "cq_model"])
def test_each_cycle_gives_back_the_copies_of_a_real_dilution(shared_data, cycle):
    readings = read_results(shared_data / "diagnostics" / "qpcr" / "stepone_std.rdml").runs["stepone_std.rdml"].readings
    known = [(one.copies, getattr(one, cycle)) for one in readings if one.copies]
    standard = fit_standard_curve([copies for copies, _ in known], [cq for _, cq in known])
    assert [standard.copies_of(cq) for _, cq in known] == pytest.approx([copies for copies, _ in known], rel=0.15)


@pytest.mark.parametrize("fluorescence", [np.full(45, np.nan), np.zeros(45), np.full(45, 1e300), -CYCLES],
                         ids=["nothing", "zeros", "huge", "falling"])  # fmt: skip
def test_curves_without_a_rise_have_no_cq(fluorescence):
    reading = read_amplification([replace(curve(0), fluorescence=fluorescence), curve(1e5)])[0]
    assert np.isnan([reading.cq, reading.cq_second_derivative, reading.cq_model]).all()
    assert "no amplification" in reading.flags


def test_decimal_commas_short_rows_and_titles_are_read(tmp_path):
    rows = [
        f"{cycle:g};{value:.4f};".replace(".", ",")
        for cycle, value in zip(CYCLES, curve(1e5).fluorescence, strict=True)
    ]
    (tmp_path / "run.csv").write_text(
        "\n".join(["Run of Monday", "", "Zyklus".replace("Zyklus", "Cycle") + ";A01;A02", *rows])
    )
    one, other = read_curves(tmp_path / "run.csv")
    assert one.fluorescence == pytest.approx(curve(1e5).fluorescence, abs=1e-4)
    assert np.isnan(other.fluorescence).all()


@pytest.mark.parametrize("cut", [10, 400, 3000])
def test_a_truncated_rdml_is_told(shared_data, tmp_path, cut):
    whole = (shared_data / "diagnostics" / "qpcr" / "stepone_std.rdml").read_bytes()
    (tmp_path / "cut.rdml").write_bytes(whole[:cut])
    with pytest.raises(InputError):
        read_curves(tmp_path / "cut.rdml")


def test_an_archive_that_unpacks_beyond_measure_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.rdml", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("rdml_data.xml", "w") as stream:
            for _ in range(130):
                stream.write(bytes(1 << 20))
    with pytest.raises(InputError, match="usual size"):
        read_curves(tmp_path / "bomb.rdml")


def test_rows_of_wells_and_cycles_are_read(tmp_path):
    rows = [f"{well}\t{cycle:g}\tN1\t{value:.4f}" for well, copies in (("A1", 1e5), ("A2", 1e3))
            for cycle, value in zip(CYCLES, curve(copies).fluorescence, strict=True)]  # fmt: skip
    text = ["* Block Type = 96", "* Instrument = any", "", "Well\tCycle\tTarget Name\tRn", *rows]
    (tmp_path / "run.txt").write_text("\n".join(text))
    read = read_results(tmp_path / "run.txt").runs["run.txt"].readings
    assert [(one.name, one.target) for one in read] == [("A1", "N1"), ("A2", "N1")]
    assert read[0].cq < read[1].cq


def test_plain_xml_and_words_for_numbers_are_read(tmp_path):
    points = "".join(f"<adp><cyc>{c:g}</cyc><fluor>{'x' if c == 4 else v}</fluor></adp>" for c, v in
                     zip(CYCLES, curve(1e5).fluorescence, strict=True))  # fmt: skip
    melt = "<mdp><tmp>60</tmp><fluor>1</fluor></mdp>"
    (tmp_path / "run.rdml").write_text(f"<rdml><experiment id='e'><run id='r'><react id='1'><data>{points}{melt}</data>"
                                       "</react></run></experiment></rdml>")  # fmt: skip
    (one,) = read_curves(tmp_path / "run.rdml")
    assert (one.cycles.size, int(np.isnan(one.fluorescence).sum())) == (45, 1)
    (tmp_path / "other.xml").write_text("<html></html>")
    with pytest.raises(InputError, match="wanted RDML"):
        read_curves(tmp_path / "other.xml")
