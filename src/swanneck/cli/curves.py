"""`swanneck curves ...`: dose-response curves of any table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swanneck.cli.console import print_rows, read_settings, show_progress, show_signed, write_table
from swanneck.foundation.errors import SettingsError

if TYPE_CHECKING:
    from swanneck.statistics.fitting import FittedCurve, FittedFamily, MaskedFit

__all__ = ["app"]

_MOST_SHOWN, _CALLED = 20, 0.05

app = typer.Typer(help="Dose-response curves of any table.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Fit dose-response curves of any table of doses and responses."""


@app.command(epilog="Example: swanneck curves fit table.csv --dose conc --response rootl --model 4pl --json")
def fit(
    table: Annotated[Path, typer.Argument(help="A table with a column of doses and one of responses.")],
    *,
    dose: Annotated[str, typer.Option(help="The column of doses; 0 is the untreated control.")],
    response: Annotated[str, typer.Option(help="The column of responses.")],
    model: Annotated[str, typer.Option(help="2pl, 3pl, 4pl, 5pl, biphasic or constant.")] = "4pl",
    curve: Annotated[list[str] | None, typer.Option(help="A column that tells several curves apart; again.")] = None,
    log_dose: Annotated[bool, typer.Option("--log-dose", help="Doses are their logarithms to base 10.")] = False,
    total: Annotated[str | None, typer.Option(help="The column of totals that the responses count out of.")] = None,
    weight: Annotated[str | None, typer.Option(help="The column of weights of squared residuals.")] = None,
    fix: Annotated[list[str] | None, typer.Option(help="A parameter held at a value, such as c=0.")] = None,
    share: Annotated[list[str] | None, typer.Option(help="A parameter that all curves have in common.")] = None,
    errors: Annotated[str, typer.Option(help="normal, student (bears outliers), binomial or poisson.")] = "normal",
    interval: Annotated[str, typer.Option(help="profile or wald.")] = "profile",
    level: Annotated[float | None, typer.Option(help="Also the dose where a curve passes this response.")] = None,
    way: Annotated[float | None, typer.Option(help="Also the dose this share of the way: 0.5, relative IC50.")] = None,
    mask: Annotated[str | None, typer.Option(help="The column that says why a point does not count.")] = None,
    outliers: Annotated[bool, typer.Option("--outliers", help="Mask what is far from a robust fit; refit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: parameters, rse, df.")] = False,
    details: Annotated[bool, typer.Option("--details", help="JSON with model, tests, class, notes, masks.")] = False,
    out: Annotated[Path | None, typer.Option(help="The table to write, one row for each curve.")] = None,
) -> None:
    """Fit dose-response curves: estimates, standard errors, intervals, in the names of the R package drc."""
    from swanneck.foundation.files import write_atomically
    from swanneck.statistics.fitting import FitSettings
    from swanneck.workflows.fit_table_curves import CurveQuestion, fit_table_curves

    settings = read_settings(FitSettings, {"distribution": errors, "interval": interval}, {"distribution": "errors"})
    if out and share:
        problem = "--out has a row for each curve: curves with shared parameters (--share) are one fit"
        raise SettingsError(problem)
    question = CurveQuestion(
        dose=dose, response=response, model=model, curve=tuple(curve or ()), log_dose=log_dose, total=total,
        weight=weight,
        fixed=_read_fixed(fix or []), shared=tuple(share or []), level=level, way=way, mask=mask, outliers=outliers,
        fit=settings,
    )  # fmt: skip
    with show_progress() as progress:
        fits = fit_table_curves(table, question, progress=progress)
    for line in fits.understood:
        typer.echo(line, err=as_json)
    if out:
        write_atomically(out, fits.to_table().write_csv().encode())
        typer.echo(f"Table: {out}", err=as_json)
    if out and fits.masked:
        masked = out.with_name(f"{out.stem}.masked{out.suffix}")
        write_atomically(masked, fits.to_masked_table().write_csv().encode())
        typer.echo(f"Masked points: {masked}", err=as_json)
    if as_json:
        typer.echo(json.dumps(fits.to_json(details=details), indent=2, ensure_ascii=False, allow_nan=False))
        return
    if fits.family:
        _print_fit("", fits.family)
    for name in list(fits.curves)[:_MOST_SHOWN]:
        _print_fit(name, fits.curves[name])
        _print_class(fits.curves[name])
        if name in fits.potencies:
            found = fits.potencies[name]
            sign = "" if found.relation == "=" else found.relation
            what = f"response {level:g}" if way is None else f"{100 * way:g} % of the way"
            typer.echo(f"{what} at dose {sign}{found.dose:.6g} ({_shown(found.low)} – {_shown(found.high)})")
        if name in fits.masked:
            _print_masks(fits.masked[name])
    for name in list(fits.refused)[:_MOST_SHOWN]:
        typer.echo(f"{name or table}: not fitted: {fits.refused[name]}")
    if len(fits.curves) + len(fits.refused) > _MOST_SHOWN:
        active = int((fits.to_table()["fdr"] <= _CALLED).sum())
        typer.echo(f"{len(fits.curves)} curves are fitted, {len(fits.refused)} are not; say --out for all")
        typer.echo(f"{active} respond to the dose (false discovery rate {100 * _CALLED:g} %)")


@app.command(epilog="Example: swanneck curves selectivity wells.csv --dose uM --inhibition infection --viability cells")
def selectivity(
    table: Annotated[Path, typer.Argument(help="A table with doses, inhibition and viability of the same wells.")],
    *,
    dose: Annotated[str, typer.Option(help="The column of doses.")],
    inhibition: Annotated[str, typer.Option(help="The column of percent inhibition.")],
    viability: Annotated[str, typer.Option(help="The column of percent viability.")],
    compound: Annotated[str | None, typer.Option(help="The column of compounds where there are several.")] = None,
    threshold: Annotated[float, typer.Option(help="The index whose probability to be exceeded is given.")] = 10.0,
    out: Annotated[Path | None, typer.Option(help="The table to write.")] = None,
) -> None:
    """Fit efficacy and toxicity together: IC50, CC50, selectivity index with its interval and probability."""
    from swanneck.statistics.fitting.selectivity import SelectivitySettings
    from swanneck.workflows.fit_table_selectivity import SelectivityColumns, fit_table_selectivity

    columns = SelectivityColumns(dose=dose, inhibition=inhibition, viability=viability, compound=compound)
    done = fit_table_selectivity(table, columns, SelectivitySettings(threshold=threshold))
    for line in done.understood:
        typer.echo(line)
    rows = []
    for name, one in done.compounds.items():
        potencies = [
            f"{'' if found.relation == '=' else found.relation}{found.dose:.3g}" for found in (one.ic50, one.cc50)
        ]
        sign = "" if one.relation == "=" else one.relation
        index = "undefined" if one.index is None else f"{sign}{one.index:.3g}"
        interval = f"{_short(one.low)} – {_short(one.high)}"
        rows.append([name, *potencies, index, interval, f"{100 * one.probability:.0f} %"])
    print_rows(["compound", "IC50", "CC50", "SI", "95 % interval", f"P(SI > {threshold:g})"], rows)
    for name, reason in done.refused.items():
        typer.echo(f"{name or table}: not fitted: {reason}")
    write_table(done.table, out)


@app.command(
    epilog="Example: swanneck curves mic od.csv --dose conc --growth od600 --drug drug --breakpoints limits.csv"
)
def mic(
    table: Annotated[Path, typer.Argument(help="A table with one row per well (or reading): dose and growth.")],
    *,
    dose: Annotated[str, typer.Option(help="The column of doses; 0 is the growth control.")],
    growth: Annotated[str, typer.Option(help="The column of growth, such as an optical density.")],
    isolate: Annotated[str | None, typer.Option(help="The column of isolates.")] = None,
    organism: Annotated[str | None, typer.Option(help="The column of organisms, as the breakpoints name them.")] = None,
    drug: Annotated[str | None, typer.Option(help="The column of drugs.")] = None,
    replicate: Annotated[str | None, typer.Option(help="The column of replicates, each read on its own.")] = None,
    time: Annotated[str | None, typer.Option(help="The column of times: readings are growth curves.")] = None,
    well: Annotated[str | None, typer.Option(help="The column of wells, for growth curves.")] = None,
    summary: Annotated[str, typer.Option(help="Growth of a curve: yield or area.")] = "yield",
    blank: Annotated[str | None, typer.Option(help="What medium alone reads: a number, or column=value.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of the doses, where no column says it.")] = None,
    breakpoints: Annotated[Path | None, typer.Option(help="Table of breakpoints, for S, I and R.")] = None,
    share: Annotated[float, typer.Option(help="Growth is more than this share of the control.", min=0, max=1)] = 0.1,
    least: Annotated[float, typer.Option(help="Least growth of the control above the blank.")] = 0.1,
    out: Annotated[Path | None, typer.Option(help="The table to write.")] = None,
) -> None:
    """Read minimum inhibitory concentrations of dilution series, and call resistance by breakpoints."""
    from swanneck.screening.inhibitory_concentrations import GrowthRule
    from swanneck.workflows.read_table_mics import MicColumns, read_table_mics

    columns = read_settings(MicColumns, {
        "dose": dose, "growth": growth, "isolate": isolate, "organism": organism, "drug": drug,
        "replicate": replicate, "time": time, "well": well, "summary": summary, "blank": blank, "unit": unit,
    }, {})  # fmt: skip
    done = read_table_mics(
        table, columns, breakpoints=breakpoints, rule=GrowthRule(share=share, control_at_least=least)
    )
    for line in done.understood:
        typer.echo(line)
    names = [name for name in ("isolate", "organism", "drug") if done.table[name].null_count() < done.table.height]
    rows = [
        [*(str(row[name]) for name in names), show_signed(row["mic"], row["relation"]), row["call"]]
        + [row["reading"] if breakpoints is None or row["mic"] is None else row["reason"]]
        for row in done.table.iter_rows(named=True)
    ]
    print_rows([*names, "MIC", "call", "why"], rows)
    if done.table.height > done.summary.height:
        print_rows(["organism", "drug", "isolates", "MIC50", "MIC90", "S", "I", "R"], [
            [str(row["organism"] or ""), str(row["drug"] or ""), str(row["n"]),
             *(show_signed(row[f"mic{part}"], row[f"mic{part}_relation"]) for part in (50, 90)),
             *(str(row[name]) for name in ("susceptible", "intermediate", "resistant"))]
            for row in done.summary.iter_rows(named=True)
        ])  # fmt: skip
    for name, reason in done.refused.items():
        typer.echo(f"{name}: not read: {reason}")
    write_table(done.table, out)


@app.command(epilog="Example: swanneck curves growth counts.csv --dose uM --cells count --time hours --curve cell_line")
def growth(
    table: Annotated[Path, typer.Argument(help="A table of cell counts, one row per well.")],
    *,
    dose: Annotated[str, typer.Option(help="The column of doses; 0 is untreated.")],
    cells: Annotated[str, typer.Option(help="The column of cell counts, or of a readout in proportion.")],
    curve: Annotated[list[str] | None, typer.Option(help="A column that tells curves apart; again.")] = None,
    control: Annotated[str | None, typer.Option(help="The column of untreated counts, where rows have them.")] = None,
    start: Annotated[str | None, typer.Option(help="The column of counts when the drug was added.")] = None,
    time: Annotated[str | None, typer.Option(help="The column of times, where untreated wells are rows.")] = None,
    within: Annotated[list[str] | None, typer.Option(help="A column untreated wells are matched by; again.")] = None,
    out: Annotated[Path | None, typer.Option(help="The table of metrics to write.")] = None,
    values: Annotated[Path | None, typer.Option(help="The table of every well's GR value to write.")] = None,
) -> None:
    """Fit growth-rate inhibition: GR50, GR at the highest dose, GR_inf, area over the curve, whatever the growth."""
    from swanneck.workflows.fit_table_growth_rates import GrowthColumns, fit_table_growth_rates

    columns = GrowthColumns(
        dose=dose, cells=cells, curve=tuple(curve or ()), control=control, start=start, time=time,
        within=tuple(within or ()),
    )  # fmt: skip
    done = fit_table_growth_rates(table, columns)
    for line in done.understood:
        typer.echo(line)
    rows = [
        [name, f"{'' if one.gr50.relation == '=' else one.gr50.relation}{one.gr50.dose:.3g}",
         f"{_short(one.gr50.low)} – {_short(one.gr50.high)}", f"{one.gr_max:.2f}", f"{one.gr_inf:.2f}",
         f"{one.slope:.2f}", f"{one.area_over_curve:.2f}", "flat" if one.flat else ""]
        for name, one in done.curves.items()
    ]  # fmt: skip
    print_rows(["", "GR50", "95 % interval", "GR_max", "GR_inf", "slope", "GR_AOC", ""], rows)
    for name, reason in done.refused.items():
        typer.echo(f"{name or table}: not fitted: {reason}")
    write_table(done.table, out)
    write_table(done.values, values)


def _short(value: float | None) -> str:
    return "open" if value is None else f"{value:.3g}"


def _read_fixed(texts: list[str]) -> dict[str, float]:
    fixed = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            fixed[name.strip()] = float(value)
        except ValueError as error:
            problem = f"--fix needs a name and a number, such as c=0, got {text!r}"
            raise SettingsError(problem) from error
    return fixed


def _print_fit(name: str, fit: "FittedCurve | FittedFamily") -> None:
    rse = "" if fit.rse is None else f", residual standard error {fit.rse:.6g}"
    typer.echo(f"{name + ': ' if name else ''}{fit.model}, {fit.n_points} points, {fit.df} degrees of freedom{rse}")
    rows = [
        [parameter, f"{one.estimate:.6g}", _shown(one.se), _shown(one.low), _shown(one.high)]
        for parameter, one in fit.parameters.items()
    ]
    print_rows(["", "estimate", "error", "low", "high"], rows)
    for note in fit.notes:
        typer.echo(f"note: {note}")


def _print_class(curve: "FittedCurve") -> None:
    from swanneck.statistics.fitting import CLASSES, classify_curve

    if curve.p_value is not None:
        fits = "" if curve.lack_of_fit is None else f"; lack of fit: p {curve.lack_of_fit:.2g}"
        kind = classify_curve(curve)
        typer.echo(f"class: {kind} ({CLASSES[kind]}); against a constant: p {curve.p_value:.2g}{fits}")


def _print_masks(one: "MaskedFit") -> None:
    for point in one.masked:
        typer.echo(f"masked: dose {point.dose:g}, response {point.response:g}: {point.reason}")
    whole = ", ".join(f"{name} {found.estimate:.6g}" for name, found in one.whole.parameters.items())
    typer.echo(f"with all points: {whole}")


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.6g}"
