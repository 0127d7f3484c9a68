"""Which other files belong to a screen: a plate reader's values, links of plates, what a person decided."""

from pathlib import Path

from pydantic import field_validator

from swanneck.foundation.settings import Settings

__all__ = ["ExtraFiles"]


class ExtraFiles(Settings):
    """Further files of a screen.

    - `added`: tables of readouts of the same wells, such as a plate reader's (`screening.readout_tables`).
    - `viability`: the added readout that toxicity is read from; the assay's own where None.
    - `links`: which plates received the supernatant of which, columns `secondary` and `primary`
      (`screening.linked_plates`).
    - `decisions`: wells that a person masked, calls they overrode (`screening.decisions`).
    """

    added: tuple[Path, ...] = ()
    viability: str | None = None
    links: Path | None = None
    decisions: Path | None = None

    @field_validator("added", mode="before")
    @classmethod
    def _one_is_some(cls, added: object) -> object:
        return (added,) if isinstance(added, str | Path) else () if added is None else added

    def below(self, folder: Path) -> "ExtraFiles":
        """Give the same files with relative paths taken from a folder, such as a campaign's."""
        return ExtraFiles(
            added=tuple(folder / path for path in self.added), viability=self.viability,
            links=None if self.links is None else folder / self.links,
            decisions=None if self.decisions is None else folder / self.decisions,
        )  # fmt: skip
