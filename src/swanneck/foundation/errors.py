"""Everything swanneck raises on purpose.

    SwanneckError
    ├── SettingsError (ValueError)    the user's words are wrong: a campaign file, an option, an argument
    ├── InputError (ValueError)       a file or table that was given is not what it should be
    │   ├── ImageError                an image is missing, unreadable, or of another shape than its plate
    │   └── LayoutError               a plate map contradicts itself or its plate
    └── StorageError (OSError)        results cannot be written where they belong

A message has up to three parts: what is wrong (what was wanted and what came), where (plate, well, field,
file, line) and what to do. The command line prints them as one line; `--debug` adds the traceback.
"""

__all__ = ["ImageError", "InputError", "LayoutError", "SettingsError", "StorageError", "SwanneckError"]


class SwanneckError(Exception):
    """The root of the tree: a problem, where it is, and what to do about it.

    >>> print(SwanneckError("no image for channel 'Virus'", where="plate P1, well B07, field 2"))
    no image for channel 'Virus' (plate P1, well B07, field 2)
    """

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.where = where
        self.remedy = remedy
        super().__init__(problem)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f". {self.remedy}" if self.remedy else ""
        return f"{self.problem}{place}{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; the default pickling would lose the keyword parts.
        return (_rebuild, (type(self), self.problem, self.where, self.remedy))


def _rebuild(kind: type[SwanneckError], problem: str, where: str, remedy: str) -> SwanneckError:
    return kind(problem, where=where, remedy=remedy)


class SettingsError(SwanneckError, ValueError):
    """A setting, option or argument is wrong: the caller's fault."""


class InputError(SwanneckError, ValueError):
    """A file or table is not what it should be: the input's fault."""


class ImageError(InputError):
    """An image is missing, unreadable, or of another shape than the rest of its plate."""


class LayoutError(InputError):
    """A plate map contradicts itself or the plate it is for."""


class StorageError(SwanneckError, OSError):
    """Results cannot be written: disk full, read-only folder, no permission."""

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        SwanneckError.__init__(self, problem, where=where, remedy=remedy)
