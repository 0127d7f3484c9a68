"""The words people use in plate maps: names of columns, roles of wells, units, and ways to say "nothing".

Spelling does not matter: case, spaces, underscores and hyphens are ignored everywhere but in units, where `mM`
and `MM` are not the same.
"""

import re
import unicodedata

from swanneck.foundation.errors import InputError
from swanneck.foundation.units import MOLAR_UNITS, molar_factor

__all__ = [
    "COLUMN_NAMES", "MASS_UNIT", "PERHAPS_ROLE", "infection_of", "infection_of_role", "is_ambiguous", "is_missing",
    "name_and_unit", "role_of_name", "role_of_word", "says_more_than_its_role", "simplify", "unit_symbol",
]  # fmt: skip

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "well": (
        "well", "wellposition", "wellid", "wellname", "welllabel", "wellcoordinate", "wellcoordinates", "wellpos",
        "destinationwell", "assaywell", "platewell", "position", "pos", "coordinate", "wellindex",
    ),
    "row": ("row", "wellrow", "platerow", "rowletter", "rowlabel", "rowname", "rowid", "rowindex"),
    "column": (
        "column", "col", "wellcolumn", "wellcol", "platecolumn", "platecol", "columnnumber", "colnumber",
        "columnname", "columnlabel", "columnid", "colid", "columnindex",
    ),
    "plate": (
        "plate", "plateid", "platename", "platebarcode", "assayplatebarcode", "assayplate", "barcode",
        "destinationplatebarcode", "destinationplatename", "destinationplate", "platenumber", "plateno", "platenr",
        "platemapname", "platemap",
    ),
    "compound": (
        "compound", "compoundname", "drug", "drugname", "cpd", "cpdname", "cmpd", "cmpdname", "pertiname",
        "substance", "substancename", "chemical", "chemicalname", "molecule", "moleculename", "productname",
        "agent", "inhibitor", "compoundid", "drugid", "cpdid", "cmpdid", "substanceid", "broadsample", "broadid",
        "brdid", "pertid", "sampleid", "samplename", "perturbation", "perturbagen", "treatment", "treatmentname",
        "reagent", "sirna", "genesymbol", "geneid", "gene", "sample", "name",
    ),
    "concentration": (
        "concentration", "conc", "dose", "finalconcentration", "finalconc", "compoundconcentration",
        "compoundconc", "drugconcentration", "drugconc", "treatmentconcentration", "testconcentration", "testconc",
        "nominalconcentration", "nominalconc", "cpdconc", "cmpdconc", "doseconcentration", "pertdose",
    ),
    "unit": (
        "unit", "units", "concentrationunit", "concentrationunits", "concunit", "concunits", "doseunit",
        "doseunits", "unitofconcentration", "pertdoseunit", "pertdoseunits",
    ),
    "role": (
        "role", "wellrole", "samplerole", "controltype", "welltype", "wellfunction", "wellcontent", "sampletype",
        "perttype", "rolename",
    ),
    "control_name": ("controlname", "controllabel"),
    "replicate": (
        "replicate", "rep", "replicateid", "replicatenumber", "replicateno", "repl", "replica",
        "biologicalreplicate",
    ),
    "batch": ("batch", "batchid", "batchnumber", "batchname", "run", "runid"),
    "cell_line": ("cellline", "celllinename", "celllineid", "celltype", "cellmodel", "cellname", "hostcell"),
    "solvent": ("solvent", "vehicle", "diluent"),
    "infection": (
        "moi", "multiplicity", "multiplicityofinfection", "infection", "infected", "infectionstatus",
        "infectionstate", "virusstatus", "virus",
    ),
}  # fmt: skip
"""For each column of a layout the simplified names it goes by, the surest first."""

PERHAPS_ROLE = (
    "type", "content", "contents", "control", "class", "category", "group", "condition", "status", "kind", "label",
    "annotation", "description", "treatmenttype", "treatment", "sample",
)  # fmt: skip
"""Names of columns that hold roles in some maps and anything else in others; their words decide."""

_ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "sample": (
        "sample", "samples", "compound", "compounds", "cpd", "cmpd", "drug", "treated", "treatment", "trt", "trtcp",
        "test", "tested", "testcompound", "dose", "doseseries", "doseresponse", "unknown", "unk", "library",
        "screen", "screening", "experimental", "x",
    ),
    "negative_control": (
        "negativecontrol", "neg", "negcon", "negative", "nc", "n", "dmso", "vehicle", "solvent", "carrier",
        "untreated", "untrt", "infected", "virus", "vc", "ctlvehicle", "ctluntrt",
    ),
    "positive_control": (
        "positivecontrol", "pos", "poscon", "positive", "pc", "p", "inhibitor", "trtposcon", "mock", "uninfected",
        "cellcontrol", "cellscontrol", "cellctrl", "cellsonly", "cellonly", "cc",
    ),
    "reference": ("reference", "ref", "referencecompound", "standard", "std", "comparator"),
    "empty": (
        "empty", "blank", "b", "none", "nocells", "nocell", "cellfree", "background", "bkg", "border", "edge", "unused",
        "notused", "mediaonly", "mediumonly",
    ),
}  # fmt: skip
_ROLE_OF = {word: role for role, words in _ROLE_WORDS.items() for word in (*words, role.replace("_", ""))}

_UNINFECTED = re.compile(
    r"(?:non|not|un)[\s_-]*infected|no[\s_-]*(?:virus|infection|pathogen)|(?:non|not)[\s_-]*challenged"
    r"|mock[\s_-]*infected|without[\s_-]*virus|virus[\s_-]*free"
)
_UNTREATED = re.compile(
    r"(?:non|not)[\s_-]*treated|no[\s_-]*(?:drug|compound|treatment|inhibitor|dose)|(?:drug|compound)[\s_-]*free"
)
_SILENT_WORDS = {
    "control", "controls", "ctrl", "ctl", "con", "well", "wells", "cells", "cell", "only", "and", "with", "the", "plus",
    "in", "of", "v", "treated", "group",
}  # fmt: skip
# Two words of these kinds agree, the first kind named decides: `infected DMSO` is infected, `mock + DMSO` is mock.
_KINDS = (
    ("sample", {"sample", "compound", "compounds", "drug", "test", "library"}),
    ("reference", {"reference", "ref", "standard"}),
    ("positive_control", {"mock", "uninfected"}),
    ("positive_control", {"positive", "pos", "poscon", "inhibitor"}),
    ("negative_control", {"negative", "neg", "negcon", "dmso", "vehicle", "solvent", "untreated", "infected", "virus"}),
    ("empty", {"empty", "blank", "background", "border", "edge", "unused"}),
)
# These are said of opposite things in different laboratories, so nobody can read them without being told.
_AMBIGUOUS = {
    "control", "controls", "ctrl", "ctl", "mocktreated", "treatedcontrol", "high", "low", "max", "min", "maximum",
    "minimum", "highcontrol", "lowcontrol", "maxcontrol", "mincontrol", "medium", "media",
}  # fmt: skip
_GENERIC = {
    "negativecontrol", "negative", "neg", "negcon", "nc", "n", "negctrl", "negcontrol", "positivecontrol",
    "positive", "pos", "poscon", "pc", "p", "posctrl", "poscontrol",
}  # fmt: skip

_NOTHING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "–", "—", ".", "?"}

MASS_UNIT = "no molar unit"
"""What `unit_symbol` says of mass per volume, percent and the like."""

_SYMBOLS = {factor: symbol for symbol, factor in MOLAR_UNITS.items()}
_MASS = re.compile(r"(?:[munpµk]?g|[munp]?l|iu|pfu|ppm|ppb|units?)\s*/\s*[munpµ]?l|[munp]?g\s*/\s*kg|%|percent|ppm|ppb")


def simplify(text: str) -> str:
    """Reduce a word to its lower-case letters, digits and percent signs.

    >>> simplify(" Well_Position "), simplify("non-infected")
    ('wellposition', 'noninfected')
    """
    return re.sub(r"[^\w%]|_", "", unicodedata.normalize("NFKC", text).casefold())


def is_missing(text: str) -> bool:
    """Say whether a text is one of the ways to write that there is nothing.

    >>> is_missing("n/a"), is_missing("-"), is_missing("0")
    (True, True, False)
    """
    return text.strip().casefold() in _NOTHING


def unit_symbol(text: str) -> str | None:
    """Read a unit of concentration: M, mM, µM, nM, pM or fM; `MASS_UNIT`; or None for what is no unit at all.

    >>> unit_symbol("uM"), unit_symbol("umoles_per_liter"), unit_symbol("ug/mL") == MASS_UNIT, unit_symbol("well")
    ('µM', 'µM', True, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u03bc", "u")
    ratio = re.sub(r"[\s_]*(?:per|/)[\s_]*", "/", plain, flags=re.IGNORECASE)
    ratio = re.sub(r"(?<=g|l)[\s_]+(?=[munp]?l$)", "/", ratio, flags=re.IGNORECASE)
    ratio = re.sub(r"moles?\b|mol\b", "mol", ratio, flags=re.IGNORECASE)
    ratio = re.sub(r"lit(?:er|re)s?$", "l", ratio, flags=re.IGNORECASE)
    for spelling in (plain, ratio):
        try:
            factor = molar_factor(spelling)
        except InputError:
            continue
        return _SYMBOLS[factor]
    return MASS_UNIT if _MASS.fullmatch(ratio.casefold()) else None


def name_and_unit(header: str) -> tuple[str, str | None]:
    """Split the name of a column into its simplified name and the unit it carries, as `unit_symbol` reads it.

    >>> name_and_unit("Conc [nM]"), name_and_unit("concentration_uM"), name_and_unit("Metadata_Well")
    (('conc', 'nM'), ('concentration', 'µM'), ('well', None))
    >>> name_and_unit("mmoles_per_liter"), name_and_unit("dose")
    (('', 'mM'), ('dose', None))
    """
    text = re.sub(r"^metadata[\s_]+", "", header.strip(), flags=re.IGNORECASE)
    text = re.sub(r"^(?:characteristics|factor value|parameter value)\s*\[(.*)\]$", r"\1", text, flags=re.IGNORECASE)
    if symbol := unit_symbol(text):
        return "", symbol
    if (match := re.fullmatch(r"(.*?)[\s_,]*[\[({]([^\])}]*)[\])}]", text)) and (symbol := unit_symbol(match[2])):
        return simplify(match[1]), symbol
    for gap in re.finditer(r"[\s_.,\-]+(?:in[\s_]+)?", text):
        if symbol := unit_symbol(text[gap.end() :]):
            return simplify(text[: gap.start()]), symbol
    return simplify(text), None


def role_of_word(word: str) -> str | None:
    """Read a word of a role column; None where it says nothing that is certain.

    Numbers at the end do not matter (`NC-1`, `pos 2`, `Sample X1`). Phrases are read by their words: `infected +
    DMSO` is a negative control, `mock + DMSO` a positive one.

    >>> role_of_word("dose_series"), role_of_word("Virus control"), role_of_word("NON-infected"), role_of_word("NC-1")
    ('sample', 'negative_control', 'positive_control', 'negative_control')
    >>> role_of_word("control") is None
    True
    """
    key = simplify(word)
    bare = key.rstrip("0123456789")
    lettered = simplify(re.sub(r"\s+[A-Za-z]\d*$", "", word.strip()))
    for candidate in (key, bare, lettered, re.sub(r"(?:control|ctrl|ctl|cell|well)s?$", "", bare)):
        if candidate in _AMBIGUOUS:
            return None
        if candidate in _ROLE_OF:
            return _ROLE_OF[candidate]
    # The JUMP consortium tells its controls apart by what follows: `poscon_cp`, `poscon_diverse`.
    controls = {"negcon": "negative_control", "poscon": "positive_control"}
    return controls.get(key[:6]) or _role_of_phrase(word)


def is_ambiguous(word: str) -> bool:
    """Say whether a word is surely about roles, but means opposite things in different laboratories.

    >>> is_ambiguous("control"), is_ambiguous("High control 2"), is_ambiguous("mock")
    (True, True, False)
    """
    key = simplify(word)
    return key in _AMBIGUOUS or key.rstrip("0123456789") in _AMBIGUOUS


def role_of_name(name: str) -> str | None:
    """Read the role out of a compound's name: DMSO, vehicle, untreated, mock, empty ...; None for a real compound.

    >>> role_of_name("DMSO 0.5%"), role_of_name("Mock"), role_of_name("empty"), role_of_name("remdesivir")
    ('negative_control', 'positive_control', 'empty', None)
    """
    if len(simplify(name)) < 3:
        return None
    role = role_of_word(name)
    return role if role in {"negative_control", "positive_control", "empty"} else None


def says_more_than_its_role(word: str) -> bool:
    """Say whether a control's word is worth keeping as its name: `mock` is, `negcon` is not.

    >>> says_more_than_its_role("mock"), says_more_than_its_role("negative_control"), says_more_than_its_role("NC-1")
    (True, False, False)
    """
    words = _telling_words(word) or {word}
    return simplify(word).rstrip("0123456789") not in _GENERIC and not words <= _GENERIC


def infection_of_role(word: str) -> bool | None:
    """Read the words for roles that say nothing but whether a well is infected; None for all others.

    >>> infection_of_role("infected"), infection_of_role("mock"), infection_of_role("virus control")
    (True, False, None)
    """
    key = simplify(word)
    if key in {"infected", "virus", "challenged"}:
        return True
    return False if key == "mock" or _UNINFECTED.fullmatch(word.strip().casefold()) else None


def infection_of(text: str) -> bool | None:
    """Read whether a well is infected, from a multiplicity, a word or the pathogen's name; None where nothing is said.

    >>> infection_of("0"), infection_of("0.5"), infection_of("mock"), infection_of("Zika"), infection_of("NA")
    (False, True, False, True, None)
    """
    try:
        return float(text.replace(",", ".")) > 0
    except ValueError:
        pass
    if simplify(text) in {"no", "false", "mock", "n", "none"} or _UNINFECTED.search(text.casefold()):
        return False
    return None if is_missing(text) else True


def _telling_words(phrase: str) -> set[str]:
    text = unicodedata.normalize("NFKC", phrase).casefold()
    text = _UNTREATED.sub(" untreated ", _UNINFECTED.sub(" uninfected ", text))
    return {word for word in re.split(r"[^a-z]+", text) if len(word) > 1} - _SILENT_WORDS


def _role_of_phrase(phrase: str) -> str | None:
    words = _telling_words(phrase)
    if "mock" in words and re.search(r"(?<!un)treated", phrase, re.IGNORECASE):
        return None
    if not words or not words <= set().union(*(kind for _, kind in _KINDS)):
        return None
    roles = [role for role, kind in _KINDS if words & kind]
    contradicts = {"positive", "pos", "poscon"} & words and {"negative", "neg", "negcon"} & words
    return None if contradicts else roles[0]
