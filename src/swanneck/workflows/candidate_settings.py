"""Where the evidence of candidates comes from; apart from the rest so that a campaign is read without RDKit."""

from pathlib import Path

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings

__all__ = ["EvidenceFiles", "ScreenColumns"]


class ScreenColumns(Settings):
    """Which columns of a table of results say what; a folder of results needs none.

    `remaining` is percent of the untreated control that is left (infection), `inhibition` percent taken away; one of
    them is needed. `second` is a further readout from 0 (as infected) to 1 (as healthy); `viability` percent of cells.
    """

    compound: str = "compound"
    remaining: str | None = None
    inhibition: str | None = None
    second: str | None = None
    viability: str | None = None
    concentration: str | None = None
    unit: str | None = None


class EvidenceFiles(Settings):
    """The files that evidence comes from: `drugs` and `samples` of the Repurposing Hub, the others the user's tables.

    `names` settles joins: `compound`, `drug`. `exposure`: see `compounds.exposure`. `other_screens`: `compound` or
    `structure`, and one column of calls (0/1, true/false).
    """

    drugs: Path
    samples: Path | None = None
    names: Path | None = None
    exposure: Path | None = None
    other_screens: tuple[Path, ...] = ()

    def below(self, folder: Path) -> "EvidenceFiles":
        """Give the same files with relative paths taken from a folder, such as a campaign's."""
        return EvidenceFiles(
            drugs=folder / self.drugs,
            samples=None if self.samples is None else folder / self.samples,
            names=None if self.names is None else folder / self.names,
            exposure=None if self.exposure is None else folder / self.exposure,
            other_screens=tuple(folder / path for path in self.other_screens),
        )

    def check(self) -> None:
        """Raise `SettingsError` where a file is missing, so that a long run does not end with it."""
        named = (self.drugs, self.samples, self.names, self.exposure, *self.other_screens)
        absent = [str(path) for path in named if path is not None and not path.is_file()]
        if absent:
            problem = "candidates: a file is missing"
            raise SettingsError(problem, where=", ".join(absent))
