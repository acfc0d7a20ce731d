"""One table of refused inputs, and the same verdict with the same code at every door; nothing is written."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.bundles.bundle import BundleUnreadable
from recportal.bundles.importing import import_file
from recportal.documents.faults import faults_of
from recportal.documents.field import DocumentField
from tests.api.conftest import Callers, Register, call, callers, register  # noqa: F401  # fixtures
from tests.refusals import ADMIN, API, IMPORT, REFUSALS, SAVE, Refusal
from tests.staff.browsing import Browser, change, errors_on

Doors = dict[str, Callable[[Refusal], set[str]]]
PLACES = {
    "community": "communities/alpha/",
    "member": "communities/alpha/members/own/",
    "asset": "communities/alpha/assets/pv-1/",
}


def fetch(record: str) -> Any:
    if record == "community":
        return Community.objects.get(key="alpha")
    return Member.objects.get(key="own") if record == "member" else Asset.objects.get(key="pv-1")


def by_save(row: Refusal) -> set[str]:
    record = fetch(row.record)
    value = row.value
    stored = getattr(record, row.column)
    if isinstance(value, dict) and isinstance(stored, dict):
        value = stored | value
    setattr(record, row.column, value)
    try:
        record.save()
    except ValidationError as error:
        return {str(fault.code) for fault in faults_of(error)}
    return set()


def by_import(row: Refusal) -> set[str]:
    given = f"{{{json.dumps(row.column)}: {row.text}}}"
    if row.record == "community":
        text = f'{{"recportal": 1, "community": {{"key": "alpha", {given[1:]}}}'
    else:
        key = "own" if row.record == "member" else "pv-1"
        text = f'{{"recportal": 1, "community": {{"key": "alpha"}}, "{row.record}s": {{"{key}": {given}}}}}'
    try:
        plan = import_file(text.encode(errors="surrogatepass"), "bundle.json")
    except BundleUnreadable as error:
        return {fault.code for fault in error.faults}
    found = {fault.code for fault in plan.file_faults}
    return found | {str(fault.code) for step in plan.steps for fault in step.faults}


@pytest.mark.django_db(transaction=True)
def test_every_door_refuses_it_for_the_same_reason(
    callers: Callers,  # noqa: F811
    register: Register,  # noqa: F811
    manager_a: User,
) -> None:
    browser = Browser(manager_a)

    def by_api(row: Refusal) -> set[str]:
        body = f"{{{json.dumps(row.column)}: {row.text}}}".encode()
        answer = callers.manager_a.patch(PLACES[row.record], body)
        if answer.status < 400:
            return set()
        places = {place for code, place in answer.errors if code == row.code}
        codes = {code for code, _place in answer.errors}
        return codes if row.pointer in places else {f"not at {row.pointer}: {answer.errors[:3]}"}

    def by_admin(row: Refusal) -> set[str]:
        column = fetch(row.record)._meta.get_field(row.column)
        value = row.text if isinstance(column, DocumentField) else row.value
        errors = errors_on(browser.send(change(fetch(row.record)), **{row.column: value}))
        return {code for codes in errors.values() for code in codes}

    doors: Doors = {SAVE: by_save, API: by_api, ADMIN: by_admin, IMPORT: by_import}
    before = states()
    wrong = [
        (str(row), door, found)
        for row in REFUSALS
        for door in sorted(row.doors)
        if row.code not in (found := doors[door](row)) or len(found) > 2
    ]
    assert not wrong, "\n".join(map(str, wrong))
    assert states() == before
    assert len(REFUSALS) >= 60


def states() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Community, Member, Asset)]
