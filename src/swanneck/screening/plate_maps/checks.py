"""What can be wrong in the lines of a plate map: wells, doses, names and roles.

Each check takes the layout table (the plate filled in) and gives findings; `layout_linter` runs them all.
"""

import polars as pl

from swanneck.foundation.settings import Settings
from swanneck.foundation.tables import LAYOUT
from swanneck.foundation.units import format_molar
from swanneck.foundation.wells import PLATE_FORMATS, well_position
from swanneck.screening.plate_maps.columns import map_values
from swanneck.screening.plate_maps.findings import Finding, find_wells, list_some
from swanneck.screening.plate_maps.words import is_ambiguous, role_of_name

__all__ = ["LayoutLimits", "lint_doses", "lint_names", "lint_roles", "lint_series", "lint_wells"]

_TREATED = pl.col("role").is_in(["sample", "reference"])
_DOSE = pl.col("concentration_molar")
_HAS_COMPOUND = pl.col("compound").is_not_null()


class LayoutLimits(Settings):
    """Where doubt begins.

    `doubtful_molar`: doses outside are warned of. Screening stocks are 1 to 20 mM in DMSO and are diluted a
    hundredfold or more, so that 1 mM on cells is rarely meant; the strongest toxins act above 0.1 pM.
    `impossible_molar`: doses outside are errors; 1 fM is some 30,000 molecules in 50 µL, a few per cell.
    `unit_jump`: neighbouring doses of a compound differ by this factor or more only where a unit slipped
    (dilution steps are 2 to 10, a slip from nM to µM is 1000). `lowest_top_molar`: a screen whose highest dose is
    below it is in the wrong unit. `fewest_doses`: a four-parameter curve needs four.
    `fewest_controls`: of a single well nothing can be said about its spread. `outside_share`: where no more than
    this share of the wells lies outside a smaller standard plate, these wells are doubtful. `filled_empty`: an
    empty well with more cells than this share of the median well's is not empty. These limits are conventions
    of this program, chosen so that the public LINCS and JUMP maps pass.
    """

    doubtful_molar: tuple[float, float] = (1e-13, 1e-3)
    impossible_molar: tuple[float, float] = (1e-15, 1.0)
    unit_jump: float = 100.0
    lowest_top_molar: float = 1e-9
    fewest_doses: int = 4
    fewest_controls: int = 2
    outside_share: float = 0.02
    filled_empty: float = 0.25


def lint_wells(table: pl.DataFrame, limits: LayoutLimits) -> list[Finding]:
    """Find wells that stand in the map more than once, and wells outside the plate."""
    twice = table.filter(pl.struct("plate", "well").is_duplicated())
    contract = [name for name in LAYOUT.columns if name in table.columns]
    different = twice.unique(contract).filter(pl.struct("plate", "well").is_duplicated())
    clash = twice.join(different.select("plate", "well").unique(), on=["plate", "well"], how="semi")
    same = twice.join(clash.select("plate", "well").unique(), on=["plate", "well"], how="anti")
    remedy = _separating_column(table) or "Keep one row per well"
    message = "{} stand{s} in the map more than once, with different content"
    findings = find_wells(clash, "well_twice", "error", message=message, remedy=remedy)
    message = "{} stand{s} in the map more than once, with the same content"
    findings += find_wells(same, "well_repeated", "warning", message=message, remedy=remedy)
    return findings + _outside_plate(table, limits)


def lint_doses(table: pl.DataFrame, limits: LayoutLimits) -> list[Finding]:
    """Find doses that are missing, negative, or beyond belief."""
    treated = table.filter(_TREATED & _HAS_COMPOUND)
    missing = treated.filter(_DOSE.is_null())
    if missing.height and missing.height == treated.height:
        message = "no sample has a concentration, so there will be no dose response"
        findings = [
            Finding("no_concentrations", "warning", message, remedy="Add a column 'concentration' and its unit")
        ]
    else:
        message = "{} with a sample {has} no concentration"
        findings = find_wells(missing, "missing_concentration", "error", message=message, remedy="Fill it in")
    message = "{} {has} a negative concentration"
    remedy = "Is it a logarithm? Concentrations are needed as they are"
    findings += find_wells(table.filter(_DOSE < 0), "negative_concentration", "error", message=message, remedy=remedy)
    message = "{} with a sample {has} a concentration of 0"
    remedy = "Untreated wells have the role negative_control"
    findings += find_wells(treated.filter(_DOSE == 0), "zero_concentration", "warning", message=message, remedy=remedy)
    return findings + _beyond_belief(table.filter(_DOSE > 0), limits)


def lint_series(table: pl.DataFrame, limits: LayoutLimits) -> list[Finding]:
    """Find dose series that jump as if a unit had slipped, and those too short for a curve."""
    treated = table.filter(_TREATED & _HAS_COMPOUND & (_DOSE > 0))
    if not treated.height:
        return []
    doses = treated.select("compound", dose=_DOSE).unique().sort("compound", "dose")
    steps = doses.with_columns(step=pl.col("dose") / pl.col("dose").shift(1).over("compound"))
    jumps = steps.filter(pl.col("step") >= limits.unit_jump).sort("step", descending=True)
    findings = []
    if jumps.height:
        examples = list_some(
            (f"{name!r} to {format_molar(dose)}" for name, dose in jumps.select("compound", "dose").rows()), 3
        )
        message = (
            f"{_compounds(jumps)} from one dose to the next {limits.unit_jump:g} times as high or more: {examples}"
        )
        findings.append(Finding("dose_jump", "warning", message, remedy="Are all doses in the same unit?"))
    shifted = _thousandfold(treated)
    if shifted:
        message = f"doses differ by a factor of 1000 exactly, as if a unit had slipped: {list_some(shifted, 3)}"
        findings.append(Finding("unit_slip", "warning", message, remedy="Are all doses in the same unit?"))
    counts = doses.group_by("compound", maintain_order=True).len()
    short = counts.filter(pl.col("len") < limits.fewest_doses)
    if short.height:
        few = "a single dose" if (short["len"] == 1).all() else f"fewer than {limits.fewest_doses} doses"
        message = f"{short.height} of {counts.height} compounds have {few}: no curve for them"
        findings.append(Finding("few_doses", "note", message))
    return findings


def lint_names(table: pl.DataFrame) -> list[Finding]:
    """Find samples without a name, names that differ only in case or space, and text that a spreadsheet would run."""
    samples = table.filter(_TREATED)
    nameless = samples.filter(~_HAS_COMPOUND)
    if nameless.height and nameless.height == samples.height:
        findings = [Finding("no_compounds", "warning", "no sample has a compound's name: no curves, no hits")]
    else:
        message, remedy = "{} {is} a sample without a compound", "Name the compound, or give the well another role"
        findings = find_wells(nameless, "nameless_sample", "error", message=message, remedy=remedy)
    names = table["compound"].drop_nulls().unique(maintain_order=True)
    spellings = pl.DataFrame({"name": names}).with_columns(
        key=pl.col("name").str.to_lowercase().str.replace_all(r"\s", "")
    )
    alike = spellings.group_by("key", maintain_order=True).agg("name").filter(pl.col("name").list.len() > 1)
    if alike.height:
        message = f"names that differ only in case or space: {list_some((' / '.join(n) for n in alike['name']), 3)}"
        remedy = "They count as different compounds: write them alike"
        findings.append(Finding("similar_names", "warning", message, remedy=remedy))
    damaged = names.filter(names.str.contains(r"^[=@]|^[+\-].*[(|]|^#(REF|NAME|VALUE|DIV/0|NUM)[!?]"))
    if len(damaged):
        message = f"names that a spreadsheet takes for formulas or errors: {list_some(map(repr, damaged), 3)}"
        findings.append(Finding("spreadsheet_text", "warning", message, remedy="Write the compound's name"))
    return findings


def lint_roles(table: pl.DataFrame) -> list[Finding]:
    """Find wells whose role and content contradict each other."""
    vehicle = pl.col("compound").is_in(_names_of_controls(table))
    empty = (pl.col("role") == "empty") & ~vehicle.fill_null(False)
    held = table.filter(empty & _HAS_COMPOUND & (_DOSE > 0))
    remedy = "Make them samples, or remove compound and concentration"
    findings = find_wells(
        held, "empty_with_compound", "error", message="{} called empty {has} a dose of a compound", remedy=remedy
    )
    half = table.filter(empty & (_HAS_COMPOUND != (_DOSE > 0).fill_null(False)))
    message = "{} called empty {has} a compound or a concentration"
    findings += find_wells(half, "empty_with_value", "warning", message=message, remedy=remedy)
    dosed = table.filter((pl.col("role") == "negative_control") & _HAS_COMPOUND & ~vehicle & (_DOSE > 0))
    message = "{} {is} a negative control with a dose of a compound"
    remedy = "Negative controls are untreated: infected, with vehicle"
    findings += find_wells(dosed, "treated_negative_control", "warning", message=message, remedy=remedy)
    unnamed = table.filter((pl.col("role") == "negative_control") & ~_HAS_COMPOUND & (_DOSE > 0))
    message, remedy = "{} {is} read as untreated and {has} a dose", "Was the compound's name lost?"
    findings += find_wells(unnamed, "dose_without_compound", "warning", message=message, remedy=remedy)
    message = "{} {is} a sample whose name is that of a control"
    remedy = "Give it the role of a control, in the map or in the campaign's [layout.roles]"
    findings += find_wells(
        table.filter((pl.col("role") == "sample") & vehicle),
        "sample_or_control",
        "warning",
        message=message,
        remedy=remedy,
    )
    if table.height and not table.filter(_TREATED).height:
        levels = "all wells are read as " + list_some(table["role"].drop_nulls().unique(maintain_order=True))
        findings.append(Finding("no_samples", "warning", f"the map has no samples: {levels}"))
    return findings


def _separating_column(table: pl.DataFrame) -> str:
    others = [name for name in table.columns if name not in {*LAYOUT.columns, "control_name"}]
    for name in others:
        distinct = table[name].n_unique()
        if (
            1 < distinct < table.height
            and not table.select(pl.struct(name, "plate", "well").is_duplicated().any()).item()
        ):
            return f"Keep one row per well; if column {name!r} tells plates apart, name it 'plate'"
    return ""


def _outside_plate(table: pl.DataFrame, limits: LayoutLimits) -> list[Finding]:
    rows, columns = (
        map_values(table["well"], lambda well, side=side: well_position(well)[side], pl.Int64)  # type: ignore[misc]
        for side in (0, 1)
    )
    largest = PLATE_FORMATS[1536]
    outside = (rows >= largest[0]) | (columns >= largest[1])
    message = "{} {is} on no standard plate"
    findings = find_wells(table.filter(outside), "outside_plate", "error", message=message, remedy="Correct the well")
    for count in (96, 384):
        beyond = ((rows >= PLATE_FORMATS[count][0]) | (columns >= PLATE_FORMATS[count][1])) & ~outside
        if not beyond.any():
            break
        if beyond.sum() <= limits.outside_share * table.height:
            message = f"{{}} {{is}} outside a plate of {count} wells, which has all others"
            remedy = "Correct the well, if the plate is not larger"
            findings += find_wells(table.filter(beyond), "outside_plate", "warning", message=message, remedy=remedy)
            break
    return findings


def _beyond_belief(dosed: pl.DataFrame, limits: LayoutLimits) -> list[Finding]:
    impossible = (_DOSE <= limits.impossible_molar[0]) | (_DOSE > limits.impossible_molar[1])
    doubtful = ((_DOSE < limits.doubtful_molar[0]) | (_DOSE > limits.doubtful_molar[1])) & ~impossible
    findings = []
    for chosen, code, level, word in (
        (impossible, "impossible_concentration", "error", "impossible"),
        (doubtful, "doubtful_concentration", "warning", "doubtful"),
    ):
        rows = dosed.filter(chosen & _DOSE.is_not_nan())
        doses = rows["concentration_molar"].unique().sort(descending=True)
        examples = list_some(dict.fromkeys(map(format_molar, doses)), 3)
        message = f"{{}} {{has}} {word} concentrations: {examples}"
        remedy = "Is the unit right? Doses on cells are between pM and 1 mM"
        findings += find_wells(rows, code, level, message=message, remedy=remedy)  # type: ignore[arg-type]
    top = dosed.select(_DOSE.filter(_TREATED).max()).item()
    if top is not None and top < limits.lowest_top_molar:
        message = f"the highest dose of all samples is {format_molar(top)}"
        findings.append(Finding("low_doses", "warning", message, remedy="Is the unit right?"))
    return findings


def _thousandfold(treated: pl.DataFrame) -> list[str]:
    # Most compounds of a screen share their highest dose: one that is off by 1000 exactly stands out.
    tops = treated.group_by("compound").agg(top=_DOSE.max()).sort("compound")
    usual = max(tops["top"].mode().to_list())
    shared = tops.filter(pl.col("top") == usual).height
    if shared >= 5 and 2 * shared >= tops.height:
        odd = tops.filter(_is_slip(pl.col("top") / usual))
        if odd.height:
            return [f"{name!r} up to {format_molar(top)}, others {format_molar(usual)}" for name, top in odd.rows()]
    # Single doses spread over plates are a design, not a slip: only series are compared between plates.
    series = treated.group_by("compound", "plate").agg(top=_DOSE.max(), doses=_DOSE.n_unique())
    series = series.filter(pl.col("doses") >= 3).with_columns(lowest=pl.col("top").min().over("compound"))
    between = series.filter(_is_slip(pl.col("top") / pl.col("lowest"))).sort("compound", "plate")
    return [f"{name!r} on plate {plate}" for name, plate in between.select("compound", "plate").rows()]


def _is_slip(ratio: pl.Expr) -> pl.Expr:
    # Within a tenth of 10 to the power of 3, 6 or 9, up or down.
    thousands = ratio.log10() / 3
    return (thousands.round() != 0) & ((thousands - thousands.round()).abs() < 0.015)


def _compounds(rows: pl.DataFrame) -> str:
    count = rows["compound"].n_unique()
    return f"{count} compound{' jumps' if count == 1 else 's jump'}"


def _names_of_controls(table: pl.DataFrame) -> list[str]:
    names = table["compound"].drop_nulls().unique().to_list()
    return [name for name in names if role_of_name(name) or is_ambiguous(name)]
