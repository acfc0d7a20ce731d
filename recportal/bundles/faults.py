"""What is wrong in a bundle file, and where in the file."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from recportal.documents.faults import MOST_FAULTS, Path, Text, and_more, dotted
from recportal.documents.text import shown


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


@dataclass
class _Count:
    """A number that goes on growing in a sentence that is made already."""

    value: int = 0

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class _Further(FileFault):
    """Stands last in a list that is full, for the faults that are counted only."""

    count: _Count = field(default_factory=_Count)


class BundleUnreadable(Exception):
    """The file cannot be read as a bundle at all; ``faults`` has every reason that was found."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(fault.code for fault in self.faults))


def note(faults: list[FileFault], path: Path, code: str, message: Text) -> None:
    """Add a fault to the list, or, when the list is full, count it."""
    add(faults, FileFault(path, code, message))


def add(faults: list[FileFault], fault: FileFault) -> None:
    if not is_full(faults):
        faults.append(fault)


def is_full(faults: list[FileFault]) -> bool:
    """Whether there is no room for one more fault, which then has been counted.

    Asked before a fault is made where there may be a million of them.
    """
    if len(faults) < MOST_FAULTS:
        return False
    if len(faults) == MOST_FAULTS:
        count = _Count()
        faults.append(_Further((), "too_many_errors", and_more(count), count))
    last = faults[-1]
    if isinstance(last, _Further):
        last.count.value += 1
    return True


def overflowed(faults: list[FileFault]) -> bool:
    return len(faults) > MOST_FAULTS
