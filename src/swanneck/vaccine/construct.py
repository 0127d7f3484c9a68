"""From an antigen to a construct that can be ordered: parts, template, transcript, and every check."""

from collections.abc import Callable
from dataclasses import dataclass

from swanneck.folding.structures import list_stems
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.sequences.codons import CodonTable, human_codons, translate_codons
from swanneck.vaccine.coding_design import CodingDesign, DesignSettings, check_protein, design_coding_sequence
from swanneck.vaccine.codon_pairs import CodonPairTable
from swanneck.vaccine.parts import Part, find_part
from swanneck.vaccine.sequence_rules import NAMED_MOTIFS, find_motifs, resolve_motifs

__all__ = ["Check", "Construct", "ConstructSettings", "Feature", "assemble_construct", "design_construct"]

_SYNTHESIS_GC = (0.25, 0.75)  # of windows of 50 bases; what makers of DNA accept without question
_SYNTHESIS_WINDOW = 50
_LONGEST_RUN = 8
_BORDER = 40  # bases of an untranslated region that a motif may share with the coding sequence
_LONGEST_STEM = (
    30  # pairs in a row: double-stranded RNA of more than 30 activates PKR (Manche et al. 1992, MCB 12:5238)
)


class ConstructSettings(Settings):
    """Which parts a construct is made of; each is a name of the library or a sequence of your own.

    >>> ConstructSettings().stops
    'UGAUGA'
    """

    promoter: str = "T7"
    five_prime_utr: str = "hba-kozak"
    signal_peptide: str | None = None
    """Put in front of the antigen, whose first methionine is left out then; None keeps the antigen's own."""
    stops: str = "UGAUGA"
    """Two stops: readthrough of one is common (Jungreis et al. 2011, Genome Research 21:2096)."""
    three_prime_utr: str = "AES-mtRNR1"
    poly_a: str = "A30-L-A70"
    linearisation: str = "BspQI"
    fold_flanks: bool = False
    """Let the pairing of the untranslated regions with the coding sequence count in the design."""


@dataclass(frozen=True)
class Feature:
    """A stretch of the template: positions from 0, end excluded."""

    name: str
    kind: str
    start: int
    end: int
    source: str


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it is as it should be, and what was found."""

    name: str
    passed: bool
    found: str


@dataclass(frozen=True)
class Construct:
    """A construct: `template` is the DNA to order, `transcript` the RNA that it gives, behind the cap.

    `protein` is what it codes for, a signal peptide included; `design` its coding sequence without stops.
    """

    name: str
    protein: str
    design: CodingDesign
    template: str
    transcript: str
    features: tuple[Feature, ...]
    checks: tuple[Check, ...]

    def feature(self, kind: str) -> Feature:
        """The first feature of a kind."""
        return next(feature for feature in self.features if feature.kind == kind)


def design_construct(
    name: str,
    antigen: str,
    settings: ConstructSettings | None = None,
    design_settings: DesignSettings | None = None,
    *,
    table: CodonTable | None = None,
    pairs: CodonPairTable | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Construct:
    """Design the coding sequence of an antigen and put it between its parts.

    The site of linearisation and the terminator of T7 RNA polymerase are added to what the design avoids. InputError as
    `design_coding_sequence` raises, and for parts that do not exist.

    >>> construct = design_construct("small", "MGKA")
    >>> construct.transcript[:4], all(check.passed for check in construct.checks)
    ('AGAA', True)
    """
    settings, design_settings = settings or ConstructSettings(), design_settings or DesignSettings()
    protein = check_protein(antigen)
    if settings.signal_peptide is not None:
        protein = find_part("signal peptide", settings.signal_peptide).sequence + protein.removeprefix("M")
    site = _site(settings.linearisation)
    changes: dict[str, object] = {"avoid": tuple(dict.fromkeys((*design_settings.avoid, *site, "T7 terminator")))}
    leader = find_part("5' UTR", settings.five_prime_utr).sequence.replace("T", "U")
    trailer = settings.stops + find_part("3' UTR", settings.three_prime_utr).sequence.replace("T", "U")
    changes |= {"before": leader, "after": trailer} if settings.fold_flanks else {
        "upstream": leader[-_BORDER:], "downstream": trailer[:_BORDER],
    }  # fmt: skip
    chosen = DesignSettings.model_validate(design_settings.model_dump() | changes)
    design = design_coding_sequence(protein, chosen, table=table, pairs=pairs, progress=progress)
    return assemble_construct(name, design, settings, avoid=chosen.avoid)


def _site(linearisation: str) -> tuple[str, ...]:
    return (linearisation,) if linearisation in NAMED_MOTIFS else ()


def assemble_construct(
    name: str, design: CodingDesign, settings: ConstructSettings | None = None, *, avoid: tuple[str, ...] = ()
) -> Construct:
    """Put a coding sequence between its parts, and check the whole.

    >>> construct = assemble_construct("small", design_coding_sequence("MGKA"))
    >>> [feature.kind for feature in construct.features]
    ['promoter', "5' UTR", 'CDS', "3' UTR", 'polyA', 'linearisation']
    """
    settings = settings or ConstructSettings()
    stops = settings.stops.upper().replace("T", "U")
    if not stops or len(stops) % 3 or set(translate_codons(stops, human_codons())) != {"*"}:
        problem = f"one stop codon or more was wanted at the end, {settings.stops!r} came"
        raise InputError(problem, remedy="UGA, UAA and UAG are stops")
    coding = Part("coding sequence", "5' UTR", (design.rna + stops).replace("U", "T"), "designed")
    parts = [
        ("promoter", find_part("promoter", settings.promoter)),
        ("5' UTR", find_part("5' UTR", settings.five_prime_utr)),
        ("CDS", coding),
        ("3' UTR", find_part("3' UTR", settings.three_prime_utr)),
        ("polyA", find_part("poly(A)", settings.poly_a)),
        ("linearisation", find_part("linearisation", settings.linearisation)),
    ]
    features, template = [], ""
    for kind, part in parts:
        features.append(Feature(part.name, kind, len(template), len(template) + len(part.sequence), part.source))
        template += part.sequence
    transcript = template[features[1].start : features[4].end].replace("T", "U")
    protein = translate_codons(design.rna, human_codons())
    bare = Construct(name, protein, design, template, transcript, tuple(features), ())
    return Construct(name, protein, design, template, transcript, tuple(features), _check(bare, settings, avoid))


def _check(construct: Construct, settings: ConstructSettings, avoid: tuple[str, ...]) -> tuple[Check, ...]:
    coding, leader = construct.feature("CDS"), construct.feature("5' UTR")
    template, rna = construct.template, construct.template[coding.start : coding.end].replace("T", "U")
    residues = translate_codons(rna, human_codons())
    upstream = construct.template[leader.start : leader.end]
    context = template[coding.start - 6 : coding.start + 4]
    sites = find_motifs(template.replace("T", "U"), resolve_motifs(_site(settings.linearisation)))
    forbidden = resolve_motifs(avoid)
    whole, end = construct.template.replace("T", "U"), coding.start + len(construct.design.rna)
    hits = [
        (place - coding.start, motif) for place, motif in find_motifs(whole, forbidden)
        if coding.start - len(motif) < place < end
    ]  # fmt: skip
    found = ", ".join(f"{forbidden[motif]} at {place + 1}" for place, motif in hits) or "none"
    low, high = _gc_extremes(template[coding.start : coding.end])
    run = _longest_run(construct.design.rna)
    stem = max((size for *_, size in list_stems(construct.design.structure)), default=0)
    tail = construct.feature("polyA")
    return (
        Check("begins with AG for CleanCap AG", construct.transcript.startswith("AG"), construct.transcript[:6]),
        Check("Kozak context: purine at -3", context[3] in "AG", context),
        Check("no start codon upstream", "ATG" not in upstream, f"{upstream.count('ATG')} in the 5' UTR"),
        Check("begins with methionine", residues.startswith("M"), residues[:1]),
        Check("codes for the antigen", residues.rstrip("*") == construct.protein, f"{len(construct.protein)} residues"),
        Check("no stop inside, stop at the end", "*" not in residues.rstrip("*") and residues.endswith("*"), rna[-6:]),
        Check("site of linearisation only at the end", len(sites) <= 1, f"{len(sites)} in the template"),
        Check("forbidden motifs, ends included", not hits, found),
        Check(f"runs of one base up to {_LONGEST_RUN}", run <= _LONGEST_RUN, f"longest {run}"),
        Check(f"perfect stems up to {_LONGEST_STEM} pairs", stem <= _LONGEST_STEM, f"longest {stem}"),
        Check(
            f"G and C in every {_SYNTHESIS_WINDOW} bases", low >= _SYNTHESIS_GC[0] and high <= _SYNTHESIS_GC[1],
            f"{low:.0%} to {high:.0%}",
        ),
        Check("poly(A) tail of 80 or more", template[tail.start : tail.end].count("A") >= 80, tail.name),
    )  # fmt: skip


def _gc_extremes(dna: str) -> tuple[float, float]:
    starts = range(max(1, len(dna) - _SYNTHESIS_WINDOW + 1))
    shares = [sum(map(dna[k : k + _SYNTHESIS_WINDOW].count, "GC")) / min(_SYNTHESIS_WINDOW, len(dna)) for k in starts]
    return min(shares), max(shares)


def _longest_run(rna: str) -> int:
    longest = run = 1
    for before, base in zip(rna, rna[1:], strict=False):
        run = run + 1 if base == before else 1
        longest = max(longest, run)
    return longest
