"""Plate maps in the styles people write them: read as meant, told as understood, refused with a reason."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.foundation.errors import LayoutError, SettingsError
from swanneck.foundation.tables import LAYOUT, ROLES
from swanneck.screening.layouts import Layout, read_layout
from swanneck.screening.plate_maps.words import name_and_unit, role_of_name, role_of_word, unit_symbol

MAP = "well,compound,concentration,unit,role\nA01,,0,uM,negative_control\nA02,aspirin,10,uM,sample\n"


def read(folder: Path, content: str | bytes, **options) -> Layout:
    path = folder / "map.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_layout(path, **options)


def columns(layout: Layout, *names: str) -> list[tuple]:
    return layout.table.select(names).rows()


def codes(layout: Layout) -> list[str]:
    return [finding.code for finding in layout.findings]


def told(layout: Layout) -> str:
    return "\n".join(layout.understood)


def test_a_plain_map(tmp_path):
    layout = read(tmp_path, MAP)
    assert layout.table.select(list(LAYOUT.columns)).schema == pl.Schema(LAYOUT.columns)
    assert columns(layout, "plate", "well", "compound", "concentration_molar", "role") == [
        (None, "A01", None, 0.0, "negative_control"),
        (None, "A02", "aspirin", 1e-5, "sample"),
    ]
    assert not layout.findings
    assert "'concentration' read as concentration (unit: column 'unit')" in told(layout)


@pytest.mark.parametrize(
    "content",
    [
        MAP.replace(",", "\t"),
        MAP.replace(",", ";"),
        MAP.replace(",", "|"),
        MAP.replace("\n", "\r\n"),
        MAP.replace("\n", "\r"),
        "\ufeff" + MAP,
        "sep=;\n" + MAP.replace(",", ";"),
        "Plate map of Monday\n\n# written by hand\n" + MAP,
        MAP.replace("A02", "a2").replace("aspirin", '"aspirin"'),
        MAP.replace("\n", ",\n").replace(",\n", "\n", 1),
        MAP + "\n,,,,\n",
        MAP.encode("utf-16"),
        "\n".join(f'"{n}"\t{line}' if n else line for n, line in enumerate(MAP.replace(",", "\t").splitlines())),
    ],
    ids=["tab", "semicolon", "bar", "crlf", "cr", "bom", "sep=", "title", "quotes", "trailing", "blank", "utf16", "R"],
)
def test_the_same_map_in_other_clothes(tmp_path, content):
    plain, other = read(tmp_path, MAP), read(tmp_path, content)
    assert other.table.select(list(LAYOUT.columns)).equals(plain.table.select(list(LAYOUT.columns)))
    assert not other.findings


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("conc [nM]", 1e-8),
        ("Dose (µM)", 1e-5),
        ("concentration_uM", 1e-5),
        ("Final conc in mM", 1e-2),
        ("mmoles_per_liter", 1e-2),
        ("Metadata_mmoles_per_liter", 1e-2),
        ("uM", 1e-5),
        ("concentration_molar", 10.0),
        ("conc.nM", 1e-8),
        ("Concentration µmol/L", 1e-5),
        ("[Drug] nM", 1e-8),
        ("compound_uM", 1e-5),
        ("Top conc. tested (µM)", 1e-5),
    ],
)
def test_units_in_the_name_of_the_column(tmp_path, header, expected):
    layout = read(tmp_path, f"Well\tdrug\t{header}\nA1\taspirin\t10\n")
    assert columns(layout, "well", "compound", "concentration_molar") == [("A01", "aspirin", expected)]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_decimal_commas_and_micro_signs_of_european_spreadsheets(tmp_path, encoding):
    content = "Vertiefung;Well;Substanz;drug;Conc (µM)\n1;A1;x;aspirin;0,98\n2;A2;x;aspirin;31,25\n"
    layout = read(tmp_path, content.encode(encoding))
    assert layout.table["concentration_molar"].to_list() == [9.8e-07, 3.125e-05]
    assert "decimal comma" in told(layout)


def test_a_number_that_may_be_thousands_is_not_guessed(tmp_path):
    layout = read(tmp_path, "well\tcompound\tdose (nM)\nA1\ta\t1,500\nA2\ta\t500\n")
    assert codes(layout) == ["bad_concentration"]
    assert "'1,500'" in layout.findings[0].message
    clear = read(tmp_path, 'well,compound,dose (nM)\nA1,a,"1,5"\nA2,a,"0,125"\n')
    assert clear.table["concentration_molar"].to_list() == [1.5e-9, 1.25e-10]


def test_units_behind_the_numbers_and_in_a_column_of_their_own(tmp_path):
    layout = read(tmp_path, "well,compound,dose,dose_unit\nA1,a,10 nM,\nA2,a,1e1,µM\nA3,a,.5mM,NA\nA4,a,-,uM\n")
    assert layout.table["concentration_molar"].to_list() == [1e-8, 1e-5, 5e-4, None]
    assert codes(layout) == ["mixed_units"]


@pytest.mark.parametrize(
    ("header", "value", "unit", "code"),
    [
        ("dose", "10", None, "missing_unit"),
        ("dose", "high", None, "bad_concentration"),
        ("dose (uM)", ">10", None, "bad_concentration"),
        ("dose (uM)", "inf", None, "bad_concentration"),
        ("dose", "10 ug/ml", None, "not_molar"),
        ("dose (ug/mL)", "10", None, "not_molar"),
        ("dose", "10 furlongs", None, "unknown_unit"),
        ("dose (uM)", "10 nM", None, "unit_conflict"),
        ("dose (uM)", "10", "nM", "unit_conflict"),
    ],
)
def test_doses_that_cannot_be_read_are_told_with_their_lines(tmp_path, *, header, value, unit, code):
    layout = read(tmp_path, f"well,compound,{header}\nA1,a,0\nA2,a,{value}\n", unit=unit)
    assert codes(layout) == [code]
    assert "line 3" in layout.findings[0].where
    assert value in layout.findings[0].message
    assert layout.table["concentration_molar"].is_nan().to_list() == [False, True]


def test_the_unit_of_the_campaign_serves_where_the_file_has_none(tmp_path):
    layout = read(tmp_path, "well,compound,dose\nA1,a,10\nA2,a,10 nM\n", unit="uM")
    assert layout.table["concentration_molar"].to_list() == [1e-5, 1e-8]
    with pytest.raises(SettingsError, match="'ug/ml' is no molar"):
        read(tmp_path, MAP, unit="ug/ml")


def test_a_controls_dose_need_not_be_molar(tmp_path):
    layout = read(tmp_path, "well,compound,dose,unit\nA1,DMSO,0.5,%\nA2,aspirin,1,uM\n")
    assert layout.table["concentration_molar"].to_list() == [None, 1e-6]
    assert not layout.findings


ROLE_WORDS = {
    "sample": "sample compound treated trt trt_cp dose_series test unknown X Treatment library",
    "negative_control": "negative_control neg negcon Negative DMSO vehicle untreated infected virus_control NC-1 "
    "solvent Neg.Ctrl NegControl DMSOcontrol no_drug virus_only ctl_vehicle infected+DMSO Vehicle_Control non-treated",
    "positive_control": "positive_control pos poscon POSITIVE mock uninfected non-infected non_infected Mock+DMSO "
    "inhibitor_control no_virus cells_only cell_control PC_2 mock-infected poscon_cp CellCtrl MockControl" ,
    "reference": "reference ref standard Std1 reference_compound",
    "empty": "empty blank none no_cells background border unused Blank2 media_only",
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "word"), [(role, word) for role, words in ROLE_WORDS.items() for word in words.split()]
)
def test_words_for_roles(role, word):
    assert role_of_word(word) == role == role_of_word(word.replace("_", " ").upper())


@pytest.mark.parametrize(
    "word", ["control", "ctrl", "mock treated", "high control", "max", "foo", "positive negative", ""]
)
def test_words_that_nobody_can_be_sure_of(word):
    assert role_of_word(word) is None


@pytest.mark.parametrize("name", ["remdesivir", "DMSO-d6 analogue", "X", "NC", "compound 12", "blankophor", "neomycin"])
def test_names_of_compounds_are_not_taken_for_controls(name):
    assert role_of_name(name) is None


def test_role_words_are_told_and_a_telling_word_becomes_the_controls_name(tmp_path):
    layout = read(tmp_path, "well,type,drug,uM\nA1,mock,,\nA2,neg,,\nA3,dose_series,a,1\nA4,DMSO,,\nA5,Cell Ctrl,,\n")
    assert columns(layout, "role", "control_name") == [
        ("positive_control", "mock"), ("negative_control", None), ("sample", None), ("negative_control", "DMSO"),
        ("positive_control", "Cell Ctrl"),
    ]  # fmt: skip
    assert "'dose_series' (1) as sample" in told(layout)


def test_unknown_role_words_are_listed_and_can_be_explained(tmp_path):
    content = "well,role,compound,uM\nA1,foo,,\nA2,control,,\nA3,sample,a,1\n"
    layout = read(tmp_path, content)
    assert codes(layout) == ["unknown_role"]
    assert "'foo', 'control'" in layout.findings[0].message
    assert layout.table["role"].to_list() == [None, None, "sample"]
    explained = read(tmp_path, content, roles={"Foo": "neg", "control": "positive_control"})
    assert explained.table["role"].to_list() == ["negative_control", "positive_control", "sample"]
    assert not explained.findings


def test_the_users_words_go_before_all_else(tmp_path):
    content = "well,role,compound,uM\nA1,sample,remdesivir,1\nA2,sample,a,1\nA3,mock,,\n"
    layout = read(tmp_path, content, roles={"remdesivir": "reference", "mock": "empty", "typo": "sample"})
    assert layout.table["role"].to_list() == ["reference", "sample", "empty"]
    assert codes(layout) == ["unused_role"]
    with pytest.raises(SettingsError, match="no role"):
        read(tmp_path, content, roles={"mock": "wrong word"})


def test_without_roles_the_names_of_the_compounds_tell(tmp_path):
    layout = read(tmp_path, "well,compound,uM\nA1,DMSO,\nA2,Mock,\nA3,,\nA4,a,1\nA5,infected + DMSO,\nA6,blank,\n")
    assert layout.table["role"].to_list() == [
        "negative_control", "positive_control", "empty", "sample", "negative_control", "empty",
    ]  # fmt: skip
    assert layout.table["control_name"].to_list() == ["DMSO", "Mock", None, None, "infected + DMSO", None]
    assert "compound 'Mock' (1) read as positive_control" in told(layout)


def test_a_well_without_compound_but_with_solvent_is_a_negative_control(tmp_path):
    layout = read(tmp_path, "well_position\tbroad_sample\tsolvent\nA01\tBRD-1\tDMSO\nA02\t\tDMSO\nA03\t\t\n")
    assert columns(layout, "role", "control_name") == [
        ("sample", None), ("negative_control", "DMSO"), ("empty", None),
    ]  # fmt: skip
    assert "without a compound, with solvent DMSO (1) read as negative_control" in told(layout)


def test_infection_tells_controls_apart_where_nothing_else_does(tmp_path):
    layout = read(tmp_path, "well,moi,compound,uM\nA1,0,,\nA2,0.5,,\nA3,0.5,a,1\nA4,0,DMSO,\n")
    assert layout.table["role"].to_list() == [
        "positive_control", "negative_control", "sample", "positive_control",
    ]  # fmt: skip
    assert layout.table["moi"].to_list() == ["0", "0.5", "0.5", "0"]


@pytest.mark.parametrize("column", ["virus", "condition", "role"])
def test_infected_wells_with_a_compound_are_samples(tmp_path, column):
    header = f"well,{column},compound,uM\n"
    layout = read(tmp_path, header + "A1,mock,,\nA2,infected,,\nA3,infected,a,1\nA4,mock,DMSO,\n")
    assert layout.table["role"].to_list() == [
        "positive_control", "negative_control", "sample", "positive_control",
    ]  # fmt: skip
    assert not layout.findings


def test_shares_of_infected_cells_are_a_readout_and_no_state(tmp_path):
    shares = "".join(f"A{well},a,{well},{0.07 * (well - 1):.2f}\n" for well in range(1, 14))
    layout = read(tmp_path, "well,compound,uM,infected\n" + shares)
    assert layout.findings == ()
    assert layout.table["infected"].to_list()[:2] == ["0.00", "0.07"]


def test_infected_and_uninfected_samples_are_not_mixed(tmp_path):
    rows = "well,virus,compound,uM\nA1,mock,a,1\nA2,mock,b,1\n"
    assert [(finding.code, finding.level) for finding in read(tmp_path, rows).findings] == [
        ("uninfected_samples", "warning")
    ]
    mixed = read(tmp_path, rows + "A3,ZIKV,a,1\n").findings[0]
    assert (mixed.level, mixed.where) == ("error", "map.csv, lines 2, 3")


def test_control_types_beside_general_types(tmp_path):
    content = (
        "well\tpert_iname\tpert_type\tcontrol_type\nA1\ta\ttrt\tNA\nA2\tDMSO\tcontrol\tnegcon\nA3\tb\tcontrol\tpos\n"
    )
    assert read(tmp_path, content).table["role"].to_list() == ["sample", "negative_control", "positive_control"]
    no_controls = "well,compound,control_type\nA1,a,none\nA2,b,no\nA3,,negcon\n"
    assert read(tmp_path, no_controls).table["role"].to_list() == ["sample", "sample", "negative_control"]


def test_a_column_of_any_name_holds_roles_only_if_its_words_do(tmp_path):
    roles = read(tmp_path, "well,compound,group\nA1,a,treated\nA2,,vehicle\n")
    assert roles.table["role"].to_list() == ["sample", "negative_control"]
    others = read(tmp_path, "well,compound,group\nA1,a,kinase\nA2,DMSO,vehicle\n")
    assert others.table["role"].to_list() == ["sample", "negative_control"]
    assert others.table["group"].to_list() == ["kinase", "vehicle"]


def test_row_and_column_and_optional_columns(tmp_path):
    content = (
        "Row,Col,Barcode,Rep,Batch ID,Cell Line,treatment,notes\nB,3,P1,1,b7,Vero E6,a,x\n2,12.0,P1,2,b7,Vero E6,a,\n"
    )
    layout = read(tmp_path, content)
    assert columns(layout, "plate", "well", "replicate", "batch", "cell_line", "compound", "notes") == [
        ("P1", "B03", "1", "b7", "Vero E6", "a", "x"), ("P1", "B12", "2", "b7", "Vero E6", "a", None),
    ]  # fmt: skip


def test_a_column_of_wells_is_found_by_its_content(tmp_path):
    layout = read(tmp_path, ",compound\nA1,a\nH12,b\n")
    assert layout.table["well"].to_list() == ["A01", "H12"]


def test_what_names_no_well_is_told_and_left_out(tmp_path):
    layout = read(tmp_path, "well,compound\nA1,a\nZZZ9,b\n,c\n")
    assert layout.table["well"].to_list() == ["A01"]
    assert codes(layout) == ["unknown_well", "missing_well"]
    assert ["line 3" in layout.findings[0].where, "line 4" in layout.findings[1].where] == [True, True]


@pytest.mark.parametrize("nothing", ["", " ", "NA", "n/a", "NaN", "-", "null", "None", "#N/A"])
def test_ways_to_write_nothing(tmp_path, nothing):
    layout = read(tmp_path, f"well,compound,uM,role\nA1,{nothing},{nothing},negcon\n")
    assert columns(layout, "compound", "concentration_molar") == [(None, None)]
    assert not layout.findings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"well,compound,role\n", "no wells"),
        (b"PK\x03\x04stuff", "an Excel or zip file"),
        (bytes(range(256)) * 20, "a binary file"),
        (b"well,compound,compound\nA1,a,b\n", "'compound' more than once"),
        (b"drug,dose\na,1\n", "no column of wells among: drug, dose"),
        (b",1,2,3\nA,DMSO,DMSO,a\nB,a,b,c\n", "one line per well"),
        (b"well,score\nA1,3\n", "no column says what the wells hold"),
        (b"P1,A01,887763\nP1,A02,958308\n", "The first line must name the columns"),
        (b"well,compound,uM\nA1,a,1\nA2,b,0,98\n", "line 3 has 4 values, the header names 3"),
        (b'well,compound\nA1,a\nA2,"b\nA3,c\nA4,d\n', "quotation mark is opened and not closed"),
        (b'well,compound\nA1,"' + b"x" * 200_000, "cannot be split"),
    ],
    ids="empty blank header excel binary twice no-well grid no-content no-header wide quote field".split(),
)  # fmt: skip
def test_hostile_files_are_refused_in_one_line(tmp_path, content, message):
    with pytest.raises(LayoutError, match=message) as caught:
        read(tmp_path, content)
    assert "map.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wells_that_are_only_numbered_are_refused(tmp_path):
    with pytest.raises(LayoutError, match="2 rows name no well: '1', '2'"):
        read(tmp_path, "well,compound\n1,a\n2,b\n")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(LayoutError, match="cannot read the file"):
            read_layout(path)


def test_formula_like_text_stays_text(tmp_path):
    layout = read(tmp_path, 'well,compound\nA1,=1+1\nA2,"=HYPERLINK(""x"",""y"")"\n')
    assert layout.table["compound"].to_list() == ["=1+1", '=HYPERLINK("x","y")']


@settings(deadline=None)  # the disk decides how long it takes
@given(st.binary(max_size=300) | st.text(alphabet="well,\t;\"'\nA1compound role=-#µ", max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        layout = read_layout(path)
    except LayoutError:
        return
    assert set(LAYOUT.columns) <= set(layout.table.columns)
    assert set(layout.table["role"].drop_nulls()) <= set(ROLES)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_words_never_break(text):
    name_and_unit(text)
    unit_symbol(text)
    assert role_of_word(text) in {None, *ROLES}


def test_a_layout_table_written_out_reads_back_the_same(tmp_path):
    table = read(tmp_path, "plate," + MAP.replace("\n", "\nP1,").removesuffix("P1,")).table
    again = read(tmp_path, table.write_csv()).table
    assert again.equals(table)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.permutations(range(5)))
def test_the_order_of_rows_and_columns_does_not_matter(tmp_path_factory, rows, order):
    cells = [
        line.split(",") for line in "B1,,,mock,P1 B2,,,DMSO,P1 B3,a,1,dose,P1 B4,a,3,dose,P2 B5,b,-,blank,P2".split()
    ]
    header, lines = ["well", "drug", "uM", "type", "plate"], [*cells, ["B6", "c", "2", "x", "P2"]]
    path = tmp_path_factory.getbasetemp() / "shuffled.csv"
    path.write_text("\n".join(",".join(line[n] for n in order) for line in [header, *(lines[n] for n in rows)]))
    table = read_layout(path).table.sort("well")
    assert table["role"].to_list() == ["positive_control", "negative_control", "sample", "sample", "empty", "sample"]
    assert table["concentration_molar"].to_list() == [None, None, 1e-6, 3e-6, None, 2e-6]


def test_a_map_without_plates_is_for_every_plate(tmp_path):
    layout = read(tmp_path, MAP)
    assert layout.for_plates(["P1", "P2"]).select("plate", "well").rows() == [
        ("P1", "A01"), ("P1", "A02"), ("P2", "A01"), ("P2", "A02"),
    ]  # fmt: skip


PLATES = "plate,well,compound\np1,A1,a\np2,A1,b\nP3,A1,c\n"


def test_a_map_of_several_plates_gives_each_its_own(tmp_path):
    layout = read(tmp_path, PLATES)
    assert layout.for_plates(["P2 ", "P1", "P9"]).select("plate", "compound").rows() == [("P2 ", "b"), ("P1", "a")]


def test_a_map_of_other_plates_is_refused_with_both_lists(tmp_path):
    with pytest.raises(LayoutError, match=r"plates p1, p2, P3, the images are of plates BR1, BR2"):
        read(tmp_path, PLATES).for_plates(["BR1", "BR2"])


def test_a_map_of_one_plate_serves_one_plate_of_another_name(tmp_path):
    layout = read(tmp_path, "plate,well,compound\nmap 7,A1,a\n")
    assert layout.for_plates(["BR1"]).select("plate", "compound").rows() == [("BR1", "a")]


def test_the_plate_can_be_chosen(tmp_path):
    assert read(tmp_path, PLATES, plate="P2").table.select("plate", "compound").rows() == [("P2", "b")]
    assert read(tmp_path, MAP, plate="P7").table["plate"].unique().to_list() == ["P7"]
    renamed = read(tmp_path, "plate,well,compound\nmap 7,A1,a\n", plate="BR1")
    assert (renamed.table["plate"].to_list(), codes(renamed)) == (["BR1"], ["other_plate_name"])
    with pytest.raises(LayoutError, match="no plate 'P9', only p1, p2, P3"):
        read(tmp_path, PLATES, plate="P9")


def test_a_plate_in_some_rows_only_is_an_error(tmp_path):
    assert codes(read(tmp_path, "plate,well,compound\nP1,A1,a\n,A2,b\n")) == ["missing_plate"]


def test_the_published_wortmannin_map(shared_data):
    layout = read_layout(shared_data / "plates/bbbc013_wortmannin/platemap.csv")
    counts = dict(layout.table["role"].value_counts().rows())
    assert counts == {"negative_control": 8, "sample": 36, "positive_control": 4}
    assert layout.table.filter(role="sample")["concentration_molar"].max() == 250e-9
    assert not layout.findings


def test_a_titration_of_virus_reads_its_wells_from_the_multiplicity(shared_data):
    layout = read_layout(shared_data / "plates/viral_antigen_titration/phenoData.csv")
    assert columns(layout, "well", "role") == [
        ("A01", "positive_control"), ("A02", "negative_control"), ("A04", "negative_control"),
        ("B02", "negative_control"),
    ]  # fmt: skip
