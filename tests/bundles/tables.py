"""What tests of tables share."""

from typing import Any

from django.utils import translation

from assets.models import Asset
from members.models import Member
from recportal.bundles.bundle import BundleUnreadable
from recportal.bundles.importing import import_bundle
from recportal.bundles.plan import Action, Plan
from recportal.bundles.spreadsheets import Kind, read_table, table_lines
from recportal.bundles.spreadsheets.dialects import dialect_of

MODELS: dict[str, Any] = {"member": Member, "asset": Asset}


def exported(kind: Kind, language: str = "en", community: str = "home") -> str:
    records = MODELS[kind].objects.filter(community__key=community).order_by("key")
    with translation.override(language):
        return "".join(table_lines(kind, records, dialect_of(language)))


def run(text: str | bytes, community: str = "home", **options: Any) -> Plan:
    content = text if isinstance(text, bytes) else text.encode()
    return import_bundle(read_table(content, community), name="table.csv", **options)


def refusals(text: str | bytes, community: str = "home") -> list[tuple[str, int, str]]:
    """What is refused: code, row, column; row 0 for the file as a whole."""
    try:
        plan = run(text, community)
    except BundleUnreadable as error:
        return [(fault.code, 0, "") for fault in error.faults]
    assert not plan.applied
    assert plan.sheet
    found = [(each.code, each.place.row, each.place.column) for each in plan.file_faults]  # type: ignore[attr-defined]  # cells
    for step in plan.steps:
        for fault in step.faults:
            place = plan.sheet.place(step.key, step.record, fault.path)
            found.append((fault.code, place.row if place else 0, place.column if place else ""))
    return found


def changed(plan: Plan) -> dict[str, list[str]]:
    """Key → the places that change."""
    assert not plan.refused, [fault for step in plan.steps for fault in step.faults] + plan.file_faults
    return {
        step.key: [each.place for each in step.differences]
        for step in plan.steps
        if step.action != Action.UNCHANGED
    }
