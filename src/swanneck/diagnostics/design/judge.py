"""Published or own assays judged by the rules of design: feasible, or the rules that they break, with the values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from swanneck.diagnostics.design.candidates import OligoRules
from swanneck.diagnostics.design.lamp import LampSettings
from swanneck.diagnostics.design.objective import AssaySettings, cost_dimers
from swanneck.diagnostics.design.qpcr import QpcrSettings
from swanneck.diagnostics.design.rpa import RpaSettings, has_motif
from swanneck.diagnostics.monitoring.assays import Assay
from swanneck.diagnostics.monitoring.parts import Part, list_parts
from swanneck.diagnostics.search.amplicons import expand_oligo
from swanneck.diagnostics.search.sites import find_sites
from swanneck.folding.duplexes import measure_duplex
from swanneck.folding.pairing.dimers import measure_hairpins
from swanneck.sequences.fasta import FastaRecord

__all__ = ["AssayKind", "BrokenRule", "Judgement", "default_settings", "judge_assay", "kind_of"]

AssayKind = Literal["qpcr", "pcr", "lamp", "rpa-cas12", "rpa-cas13"]
_RULES = {"F3": "outer", "F2": "outer", "B2": "outer", "B3": "outer", "F1c": "inner", "B1c": "inner",
          "LF": "loop", "LB": "loop", "F": "primer", "R": "primer", "P": "probe", "guide": "guide"}  # fmt: skip
_NEEDED = {"lamp": ("F3", "F2", "F1c", "B1c", "B2", "B3"), "rpa": ("F", "guide", "R"), "qpcr": ("F", "P", "R"),
           "pcr": ("F", "R")}  # fmt: skip
_CAS13A_SPACER = 24
_LONGEST_PCR = 500


@dataclass(frozen=True)
class BrokenRule:
    """A rule that an assay breaks: whose (an oligo's name, or "assay"), which, the value and what was wanted."""

    oligo: str
    rule: str
    value: str
    wanted: str

    def __str__(self) -> str:
        """Tell the rule in one line."""
        return f"{self.oligo}: {self.rule} is {self.value}, wanted {self.wanted}"


@dataclass(frozen=True)
class Judgement:
    """An assay held to the rules of its kind on one genome; feasible where it breaks none.

    `penalised` are dimers and hairpins that would cost it some of its rank, which no rule forbids.
    """

    assay: str
    kind: AssayKind
    broken: tuple[BrokenRule, ...]
    penalised: tuple[BrokenRule, ...]

    @property
    def feasible(self) -> bool:
        """It keeps all rules."""
        return not self.broken


def kind_of(assay: Assay) -> AssayKind:
    """Tell by its oligos what kind an assay is; a guide of more than 24 bases is one of Cas13a."""
    roles = {oligo.role: oligo for oligo in assay.oligos}
    if {"FIP", "BIP", "F2", "B2", "F1c", "B1c"} & set(roles):
        return "lamp"
    if "guide" in roles:
        return "rpa-cas13" if len(roles["guide"].sequence) > _CAS13A_SPACER else "rpa-cas12"
    return "qpcr" if "P" in roles else "pcr"


def default_settings(kind: AssayKind) -> AssaySettings:
    """Give the settings of a kind of assay; products of PCR without a probe may have 500 bases, as a gel tells them.

    >>> default_settings("pcr").with_probe
    False
    """
    if kind == "lamp":
        return LampSettings()
    if kind.startswith("rpa"):
        return RpaSettings(cas="cas12a" if kind == "rpa-cas12" else "cas13a")
    return QpcrSettings() if kind == "qpcr" else QpcrSettings(with_probe=False, longest_amplicon=_LONGEST_PCR)


def judge_assay(assay: Assay, genome: FastaRecord, settings: AssaySettings | None = None) -> Judgement:
    """Hold an assay to the rules of design on one genome; `settings` are those of its kind, the defaults if not given.

    Judged are each oligo (mismatches, length, share of G and C, melting temperature, runs, 3' end, first base), its
    hairpins and dimers, and the distances. Of several oligos with one role the first is judged for distances. Of a
    mixture, melting temperature and G and C are those of its first oligo.
    """
    kind = kind_of(assay)
    settings = settings or default_settings(kind)
    parts = [part for part in list_parts([assay], [genome]) if part.role in _RULES]
    found = find_sites([part.sequence for part in parts], [genome])
    place: dict[str, tuple[int, int, bool]] = {}
    broken: list[BrokenRule] = []
    for row, part in enumerate(parts):
        wrong = int(found.mismatches[row, 0])
        if not 0 <= wrong <= settings.mismatches:
            value = str(wrong) if wrong >= 0 else "more than 7"
            broken.append(BrokenRule(_name(part), "mismatches", value, f"at most {settings.mismatches}"))
        if wrong >= 0:
            start = int(found.start[row, 0])
            site = start, start + len(part.sequence) - 1, bool(found.reverse[row, 0])
            place.setdefault(part.role, site)
        broken += _judge_oligo(part, _settings_of(part, settings))
    needed = _NEEDED["rpa" if kind.startswith("rpa") else kind]
    missing = [role for role in needed if role not in place]
    if missing:
        broken.append(BrokenRule("assay", "site", f"none for {', '.join(missing)}", "one for each"))
    else:
        broken += _judge_places(place, kind, settings, genome)
    return Judgement(assay.name, kind, tuple(broken), tuple(_judge_pairing(assay, settings)))


def _name(part: Part) -> str:
    return part.role if part.role in ("F2", "F1c", "B2", "B1c") else part.oligo


def _settings_of(part: Part, settings: AssaySettings) -> AssaySettings:
    """Give the settings that a part is judged by: a guide behind LAMP primers keeps the rules of guides."""
    if part.role == "guide" and not isinstance(settings, RpaSettings):
        return RpaSettings(cas="cas13a" if len(part.sequence) > _CAS13A_SPACER else "cas12a")
    return settings


def _judge_oligo(part: Part, settings: AssaySettings) -> list[BrokenRule]:
    rules: OligoRules = getattr(settings, _RULES[part.role])
    plain = expand_oligo(part.sequence)[0]
    size = len(plain)
    melting = round(measure_duplex(plain, settings.conditions).melting_celsius, 1)
    gc = round(sum(base in "GC" for base in plain) / size, 2)
    shortest, longest = (rules.shortest, rules.longest)
    if part.role == "guide" and isinstance(settings, RpaSettings):
        shortest = longest = settings.spacer
    run = max(len(stretch) for base in "ACGT" for stretch in "".join(b if b == base else " " for b in plain).split(" "))
    tests: list[tuple[str, float, float, float]] = [
        ("length", size, shortest, longest),
        ("share of G and C", gc, rules.lowest_gc, rules.highest_gc),
        ("melting temperature", melting, rules.lowest_melting, rules.highest_melting),
        ("run of one base", run, 1, rules.longest_run),
    ]
    if part.is_primer and part.role not in ("F1c", "B1c"):
        tests.append(("G and C in the last five", sum(base in "GC" for base in plain[-5:]), 0, rules.clamp))
    broken = [_out(_name(part), test) for test in tests]
    if plain[0] not in rules.first_base:
        broken.append(BrokenRule(_name(part), "first base", plain[0], " or ".join(rules.first_base)))
    return [one for one in broken if one is not None]


def _out(oligo: str, test: tuple[str, float, float, float]) -> BrokenRule | None:
    rule, value, low, high = test
    return None if low <= value <= high else BrokenRule(oligo, rule, f"{value:g}", f"{low:g} to {high:g}")


def _judge_pairing(assay: Assay, settings: AssaySettings) -> list[BrokenRule]:
    broken = []
    for i, one in enumerate(assay.oligos):
        words = expand_oligo(one.sequence)[:16]
        hairpin = float(measure_hairpins(words, settings.conditions).free_energy().min())
        if hairpin < settings.lowest_hairpin:
            broken.append(
                BrokenRule(one.name, "hairpin", f"{hairpin:.1f} kcal/mol", _at_least(settings.lowest_hairpin))
            )
        for two in assay.oligos[i:]:
            _, energy = cost_dimers([one.sequence], [two.sequence], settings)
            if energy < settings.lowest_dimer:
                both = one.name if one is two else f"{one.name} with {two.name}"
                broken.append(BrokenRule(both, "dimer", f"{energy:.1f} kcal/mol", _at_least(settings.lowest_dimer)))
    return broken


def _at_least(energy: float) -> str:
    return f"{energy:g} or more"


def _judge_places(
    place: dict[str, tuple[int, int, bool]], kind: AssayKind, settings: AssaySettings, genome: FastaRecord
) -> list[BrokenRule]:
    first, last = ("F3", "B3") if kind == "lamp" else ("F", "R")
    turned = place[first][0] > place[last][0]  # written on the other strand
    spans = {role: (-end, -start) if turned else (start, end) for role, (start, end, _) in place.items()}
    facing = place[first][2] == turned and place[last][2] != turned
    broken: list[BrokenRule | None] = []
    if not facing:
        broken.append(BrokenRule("assay", "direction of the outer primers", "not towards each other", "facing"))
    if kind == "lamp" and isinstance(settings, LampSettings):
        tests = _lamp_distances(spans, settings)
    else:
        tests = _amplicon(spans, settings)
        if "guide" in place and isinstance(settings, RpaSettings):
            start, end, reverse = place["guide"]
            letters = genome.sequence.upper().replace("-", "").replace("U", "T")
            if not has_motif(letters, start - 1, end, settings.cas, reverse=reverse):
                wanted = "TTTV before it" if settings.cas == "cas12a" else "no G behind it"
                broken.append(BrokenRule("guide", "motif beside the guide", "another", wanted))
    broken += [_out("assay", test) for test in tests]
    return [one for one in broken if one is not None]


def _lamp_distances(
    place: dict[str, tuple[int, int]], settings: LampSettings
) -> Sequence[tuple[str, float, float, float]]:
    loops = (settings.shortest_loop, settings.longest_loop)
    tests = [
        ("gap F3 to F2", place["F2"][0] - place["F3"][1] - 1, 0, settings.longest_gap),
        ("gap B2 to B3", place["B3"][0] - place["B2"][1] - 1, 0, settings.longest_gap),
        ("loop F2 to F1", place["F1c"][0] - place["F2"][0], *loops),
        ("loop B2 to B1", place["B2"][1] - place["B1c"][1], *loops),
        ("region F2 to B2", place["B2"][1] - place["F2"][0] + 1, settings.shortest_region, settings.longest_region),
        ("middle F1 to B1", place["B1c"][0] - place["F1c"][1] - 1, 0, settings.widest_middle),
    ]
    if "LF" in place:
        inside = place["F2"][1] < place["LF"][0] and place["LF"][1] < place["F1c"][0]
        tests.append(("LF between F2 and F1 (1 yes, 0 no)", int(inside), 1, 1))
    if "LB" in place:
        inside = place["B1c"][1] < place["LB"][0] and place["LB"][1] < place["B2"][0]
        tests.append(("LB between B1 and B2 (1 yes, 0 no)", int(inside), 1, 1))
    return tests


def _amplicon(place: dict[str, tuple[int, int]], settings: AssaySettings) -> Sequence[tuple[str, float, float, float]]:
    if not isinstance(settings, (QpcrSettings, RpaSettings)):
        return []
    size = place["R"][1] - place["F"][0] + 1
    tests: list[tuple[str, float, float, float]] = [
        ("amplicon", size, settings.shortest_amplicon, settings.longest_amplicon)
    ]
    for role in ("P", "guide"):
        if role in place:
            inside = place["F"][1] < place[role][0] and place[role][1] < place["R"][0]
            tests.append((f"{role} between the primers (1 yes, 0 no)", int(inside), 1, 1))
    return tests
