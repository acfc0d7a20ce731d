"""What is wrong in a bundle file, and where in the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Path, Text, dotted
from recportal.documents.text import shown

#: More faults of one file than this are not listed: a hostile file could fill the memory with them.
MOST_FAULTS: Final = 10_000


@dataclass(frozen=True)
class FileFault:
    """One reason for refusing a file. ``path`` leads through the file as it was given, in either dialect."""

    path: Path
    code: str
    message: Text

    @property
    def where(self) -> str:
        """The path for people, fit for a terminal: a file can hold any characters in its keys."""
        return dotted(tuple(shown(step) if isinstance(step, str) else step for step in self.path))

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.path else str(self.message)


class BundleUnreadable(Exception):
    """The file cannot be read as a bundle at all; ``faults`` has every reason that was found."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(fault.code for fault in self.faults))


def note(faults: list[FileFault], path: Path, code: str, message: Text) -> None:
    """Add a fault to the list, or, when the list is full, once that there are more."""
    if len(faults) < MOST_FAULTS:
        faults.append(FileFault(path, code, message))
    elif len(faults) == MOST_FAULTS:
        faults.append(FileFault((), "too_many_errors", _("And more errors, which are not listed.")))
