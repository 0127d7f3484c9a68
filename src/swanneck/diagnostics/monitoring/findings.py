"""What was found in many genomes: every change with its share by group, coverage of every assay, alarms."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swanneck.diagnostics.monitoring.binding import Binding
from swanneck.diagnostics.monitoring.changes import LEVELS, Change, Level, MonitorSettings, judge_binding, list_changes
from swanneck.diagnostics.monitoring.examine import Panel
from swanneck.diagnostics.monitoring.parts import Part

__all__ = ["AssayCoverage", "Examined", "Finding", "PartPatterns", "cover_assays", "find_changes", "part_patterns"]

ALL = "all"
_TOGETHER = 0.9
_MOST_AMBIGUOUS = 2


@dataclass(frozen=True)
class Examined:
    """A genome with its bindings, in the order of the panel's parts; group and date are empty where not told."""

    name: str
    group: str
    date: str
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class Finding:
    """A change at an oligo's site that many genomes have: which, where, how grave, in what share of whom.

    `genomes` of `known` genomes have it. `groups` gives the same pair by group; `worst_group` has the greatest share
    of those with enough genomes. `first_date` and `last_date` are those of the genomes that have it, if told.
    """

    assay: str
    oligo: str
    role: str
    start: int
    end: int
    change: str
    category: str
    level: Level
    from_end: int
    genomes: int
    known: int
    groups: Mapping[str, tuple[int, int]]
    worst_group: str
    first_date: str
    last_date: str

    @property
    def share(self) -> float:
        """The share of the genomes that have the change."""
        return self.genomes / self.known if self.known else 0.0

    @property
    def worst_share(self) -> float:
        """The greatest share of a group."""
        have, known = self.groups.get(self.worst_group, (self.genomes, self.known))
        return have / known if known else 0.0

    @property
    def reason(self) -> str:
        """Say what was found in one sentence."""
        where = f", {self.worst_group} {100 * self.worst_share:.0f} %" if self.worst_group else ""
        end = f", {self.from_end} from the 3' end" if self.category in ("3' end", "middle", "5' end") else ""
        return (
            f"{self.oligo} ({self.role}): {self.change}, {self.category}{end}: "
            f"{self.genomes} of {self.known} genomes ({100 * self.share:.1f} %){where}"
        )


@dataclass
class _Tally:
    change: Change
    part: int
    genomes: set[int] = field(default_factory=set)
    levels: Counter[Level] = field(default_factory=Counter)


def find_changes(panel: Panel, genomes: Sequence[Examined], settings: MonitorSettings) -> list[Finding]:
    """List the changes that reach the share of the settings in all genomes or in a group, the gravest first.

    Neighbouring changed bases that the same genomes have are one finding. A change is as grave as it is in most of
    the genomes that have it, or graver where enough have it in company.
    """
    findings = []
    for number, (part, home) in enumerate(zip(panel.parts, panel.homes, strict=True)):
        if not panel.applies(part.assay):
            continue
        known = [index for index, genome in enumerate(genomes) if genome.bindings[number].kind != "unknown"]
        tallies: dict[str, _Tally] = {}
        for index in known:
            binding = genomes[index].bindings[number]
            if binding.is_perfect:
                continue
            changes: list[Change | None] = list(list_changes(part, home, binding, settings)) if home else []
            for change in changes or ([None] if binding.kind == "absent" else []):
                at = change or Change("absent", *_span(panel, number), "no site", "middle", 0)
                tally = tallies.setdefault(at.text, _Tally(at, number))
                tally.genomes.add(index)
                tally.levels[judge_binding(part, binding, change, settings)] += 1
        findings += [
            finding for tally in _join(list(tallies.values()))
            if (finding := _finding(part, tally, known, genomes, settings=settings))
        ]  # fmt: skip
    return sorted(findings, key=lambda one: (-LEVELS.index(one.level), -one.share))


def _span(panel: Panel, number: int) -> tuple[int, int]:
    home = panel.homes[number]
    places = [position for position in home.positions if position] if home else []
    return (min(places), max(places)) if places else (0, 0)


def _join(tallies: list[_Tally]) -> list[_Tally]:
    """Join substitutions of neighbouring bases that the same genomes have."""
    joined: list[_Tally] = []
    for tally in sorted(tallies, key=lambda one: (one.change.kind, one.change.start)):
        last = joined[-1] if joined else None
        plain = tally.change.kind == "substitution" and "oligo" not in tally.change.text
        if (
            last and plain and last.change.kind == "substitution" and last.change.end + 1 == tally.change.start
            and "oligo" not in last.change.text
            and len(last.genomes & tally.genomes) >= _TOGETHER * len(last.genomes | tally.genomes)
        ):  # fmt: skip
            joined[-1] = _both(last, tally)
        else:
            joined.append(tally)
    return joined


def _both(one: _Tally, other: _Tally) -> _Tally:
    a, b = one.change, other.change
    old, new = (a.text[0], a.text[-1]) if a.start == a.end else a.text.split(" ")[1].split(">")
    text = f"{a.start}-{b.end} {old}{b.text[0]}>{new}{b.text[-1]}"
    worst = min(a, b, key=lambda change: change.from_end)
    place = "5' end" if worst.place != "3' end" and "5' end" in (a.place, b.place) else worst.place
    change = Change("substitution", a.start, b.end, text, place, worst.from_end)
    return _Tally(change, one.part, one.genomes & other.genomes, max(one.levels, other.levels, key=_worst_of))


def _worst_of(levels: Counter[Level]) -> int:
    return max(LEVELS.index(level) for level in levels)


def _finding(
    part: Part, tally: _Tally, known: list[int], genomes: Sequence[Examined], *, settings: MonitorSettings
) -> Finding | None:
    all_of, have = (Counter(genomes[index].group for index in some) for some in (known, tally.genomes))
    groups = {group: (have[group], number) for group, number in sorted(all_of.items()) if group}
    shares = {
        group: a / b for group, (a, b) in groups.items() if b >= settings.least_genomes and a >= settings.least_changed
    }
    worst = max(shares, key=shares.__getitem__, default="")
    share = len(tally.genomes) / len(known)
    if max(share, shares.get(worst, 0.0)) < settings.alarm_share:
        return None
    total = sum(tally.levels.values())
    # Graver levels count where they are common in themselves: a rare second mismatch does not make an alarm.
    grave = [level for level in LEVELS if tally.levels[level] >= settings.alarm_share * max(total, 1)]
    level = max(grave, key=LEVELS.index)
    if level == "note" and share >= _TOGETHER:
        level = "warning"
    dates = sorted(genomes[index].date for index in tally.genomes if genomes[index].date)
    change = tally.change
    return Finding(
        part.assay, part.oligo, part.role, change.start, change.end, change.text, change.category, level,
        change.from_end, len(tally.genomes), len(known), groups, worst, dates[0] if dates else "",
        dates[-1] if dates else "",
    )  # fmt: skip


@dataclass(frozen=True)
class AssayCoverage:
    """How an assay does on a set of genomes.

    Of `genomes`, the sequence is known at all sites in `known`. `fails` counts genomes in which a failure must be
    expected, `within` those known ones whose oligos all have at most 0, 1, 2 mismatches. An ambiguous base that may be
    the oligo's is no mismatch; a stretch of them hides the site, which is then unknown.
    """

    assay: str
    genomes: int
    known: int
    fails: int
    within: tuple[int, int, int]

    @property
    def covered_share(self) -> float:
        """The share of the known genomes in which no failure is expected; NaN where none is known."""
        return (self.known - self.fails) / self.known if self.known else float("nan")


def cover_assays(
    panel: Panel, genomes: Sequence[Examined], settings: MonitorSettings
) -> dict[str, dict[str, AssayCoverage]]:
    """Give the coverage of every assay that is for these genomes: by `all`, by group and by month (`2020-03`).

    A genome with a failing oligo is known to fail, whatever is missing elsewhere.
    """
    result: dict[str, dict[str, AssayCoverage]] = {}
    columns: dict[str, list[int]] = defaultdict(list)
    for number, part in enumerate(panel.parts):
        if panel.applies(part.assay):
            columns[part.assay].append(number)
    for assay, own in columns.items():
        counts: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
        for genome in genomes:
            state = _state(panel, own, genome, settings)
            for key in (ALL, genome.group and f"group {genome.group}", genome.date[:7] and f"month {genome.date[:7]}"):
                if key:
                    for place, value in enumerate(state):
                        counts[key][place] += value
        result[assay] = {
            key: AssayCoverage(assay, row[0], row[1], row[2], (row[3], row[4], row[5]))
            for key, row in sorted(counts.items())
        }
    return result


def _state(panel: Panel, own: list[int], genome: Examined, settings: MonitorSettings) -> tuple[int, ...]:
    fails = unknown = False
    most = 0
    for number in own:
        part, home, binding = panel.parts[number], panel.homes[number], genome.bindings[number]
        if binding.kind == "absent":
            fails, most = True, 99
            continue
        unknown = unknown or binding.kind == "unknown" or binding.pattern.count("?") > _MOST_AMBIGUOUS
        if binding.kind == "site" and not binding.is_perfect and home:
            changes = list_changes(part, home, binding, settings)
            fails = fails or any(judge_binding(part, binding, change, settings) == "alarm" for change in changes)
            most = max(most, binding.mismatches)
    known = fails or not unknown
    within = (int(known and most <= allowed) for allowed in range(3))
    return (1, int(known), int(fails), *within)


@dataclass(frozen=True)
class PartPatterns:
    """The commonest bindings of one part, with the number of genomes, and the groups they are from."""

    part: Part
    perfect: int
    unknown: int
    rows: tuple[tuple[Binding, int, str], ...]
    others: int


def part_patterns(panel: Panel, genomes: Sequence[Examined], number: int, *, most: int = 6) -> PartPatterns:
    """Gather the bindings of one part, the commonest first; the groups are the three with most such genomes."""
    counts: Counter[Binding] = Counter()
    groups: dict[Binding, Counter[str]] = defaultdict(Counter)
    for genome in genomes:
        binding = genome.bindings[number]
        counts[binding] += 1
        groups[binding][genome.group] += 1
    changed = [item for item in counts.most_common() if not item[0].is_perfect and item[0].kind != "unknown"]
    rows = tuple(
        (binding, count, ", ".join(f"{group} {n}" for group, n in groups[binding].most_common(3) if group))
        for binding, count in changed[:most]
    )
    unknown = sum(count for binding, count in counts.items() if binding.kind == "unknown")
    perfect = sum(count for binding, count in counts.items() if binding.is_perfect)
    others = sum(count for _, count in changed[most:])
    return PartPatterns(panel.parts[number], perfect, unknown, rows, others)
