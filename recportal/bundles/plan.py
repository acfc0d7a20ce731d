"""What an import would do, record by record: the planner makes it, the report shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from communities.models import Community
from recportal.documents.faults import Fault
from recportal.documents.paths import Difference

from .faults import FileFault

if TYPE_CHECKING:
    from .spreadsheets.sheet import Sheet

#: Called with the stage of the work and how many of how many records are done.
Progress = Callable[[str, int, int], None]

Kind = Literal["community", "member", "asset"]

#: The columns of a record that a bundle carries, apart from keys and relations.
COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "community": (
        "name", "description", "areas", "topology", "legal", "links", "contact", "settings", "extra",
    ),
    "member": ("user_id", "name", "role", "area", "status", "delivery_points", "extra"),
    "asset": ("asset_type", "name", "sensor_id", "properties", "device", "relationships", "extra"),
}  # fmt: skip


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REMOVE = "remove"
    REFUSED = "refused"


@dataclass(slots=True)
class Step:
    """What the import does with one record.

    ``record`` is the record as it would be stored, ``before`` as it is, None for a new one.
    """

    kind: Kind
    key: str
    action: Action
    record: Any
    before: Any = None
    differences: list[Difference] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.action = Action.REFUSED


@dataclass
class Plan:
    """All steps, the community's first; ``file_faults`` are those of the file itself.

    ``applied`` says whether the plan was carried out, which it is not while anything is refused.
    """

    steps: list[Step]
    file_faults: list[FileFault] = field(default_factory=list)
    applied: bool = False
    #: The table that the plan was made for, if it was one.
    sheet: "Sheet | None" = None

    @property
    def refused(self) -> bool:
        return bool(self.file_faults) or any(step.faults for step in self.steps)

    @property
    def community(self) -> Community:
        community = self.steps[0].record
        assert isinstance(community, Community)
        return community

    def of(self, kind: Kind, *actions: Action) -> list[Step]:
        return [step for step in self.steps if step.kind == kind and step.action in actions]

    def counts(self) -> dict[Kind, dict[Action, int]]:
        """Kind → action → number of records; what there is none of is not in it."""
        found: dict[Kind, dict[Action, int]] = {kind: {} for kind in COLUMNS}
        for step in self.steps:
            found[step.kind][step.action] = found[step.kind].get(step.action, 0) + 1
        return found

    @property
    def changes_nothing(self) -> bool:
        return all(step.action == Action.UNCHANGED for step in self.steps)

    @property
    def removes_records(self) -> bool:
        return any(step.action == Action.REMOVE for step in self.steps)
