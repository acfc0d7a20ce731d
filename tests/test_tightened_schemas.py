"""What was stored before a schema was tightened stays readable and editable; only what is touched is judged.

A row that today's schema refuses is made by an UPDATE of the database, past the write path: as a schema that
accepted it once would have left it. The JSON type of a whole column is no matter of its schema, and stays.
"""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.records.models import Record
from tests.factories import AssetFactory, CommunityFactory, MemberFactory
from tests.staff.browsing import Browser, form_on, text_of

pytestmark = pytest.mark.django_db

#: Model, column, what is stored in it, and the same with the fault mended.
CASES: list[tuple[type[Record], str, Any, Any]] = [
    (
        Asset,
        "properties",
        {"tilt": 120, "capacity_kwp": 5, "maker": "x"},
        {"tilt": 30, "capacity_kwp": 5, "maker": "x"},
    ),
    (Asset, "properties", {"capacity_kwp": "about five"}, {"capacity_kwp": 5}),
    (Asset, "properties", {"capacity_kwh": 5}, {}),
    (Asset, "device", {"manufacturer": 7}, {"manufacturer": "7"}),
    (Asset, "relationships", {"measures": "pv-1"}, {"measures": ["pv-1"]}),
    (Member, "delivery_points", [{"id": "x" * 129, "type": "pod"}], []),
    (Member, "delivery_points", [{"type": "pod"}], [{"id": "IT999E00000001", "type": "pod"}]),
    (Member, "extra", {"email": "nowhere", "joined_on": "yesterday"}, {"email": "a@example.org"}),
    (Member, "area", "an area that is gone", ""),
    (Community, "links", {"website": "ftp://example.org"}, {"website": "https://example.org"}),
    (Community, "settings", {"timezone": "Mars/Olympus", "currency": "GOLD"}, {"currency": "EUR"}),
    (Community, "topology", [{"id": "a", "type": "line", "children": ["b"]}], []),
]


def name_of(case: tuple[type[Record], str, Any, Any]) -> str:
    return f"{case[0].__name__}-{case[1]}-{json.dumps(case[2])[:40]}"


@pytest.fixture(params=CASES, ids=name_of)
def case(request: pytest.FixtureRequest) -> tuple[Any, str, Any, Any]:
    """A record, and the column with a fault in it: what is stored there, and what would be right."""
    model, column, stored, mended = request.param
    community = CommunityFactory.create(key="alpha")
    owner = MemberFactory.create(community=community)
    made: Any = {
        Community: community,
        Member: owner,
        Asset: AssetFactory.create(owner=owner),
    }[model]
    model._base_manager.filter(pk=made.pk).update(**{column: stored})
    return model._base_manager.get(pk=made.pk), column, stored, mended


@pytest.fixture
def admin() -> Browser:
    return Browser(User.objects.create_superuser("root", "root@example.org", "a password of the tests"))


def change_page(record: Any) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def now(record: Any, column: str) -> tuple[str, Any, int]:
    fresh: Any = type(record)._base_manager.get(pk=record.pk)
    return fresh.name, getattr(fresh, column), fresh.version


def test_another_column_can_be_changed(case: tuple[Any, str, Any, Any]) -> None:
    record, column, stored, _mended = case
    record.name = "Renamed"
    record.save()
    assert now(record, column) == ("Renamed", stored, 2)
    assert record.history.count() == 2


def test_the_fault_can_be_mended(case: tuple[Any, str, Any, Any]) -> None:
    record, column, _stored, mended = case
    setattr(record, column, mended)
    record.save()
    assert now(record, column)[1:] == (mended, 2)


def test_a_new_record_with_it_is_refused(case: tuple[Any, str, Any, Any]) -> None:
    record = case[0]
    twin = type(record)._base_manager.get(pk=record.pk)
    twin.pk, twin.key, twin._state.adding = None, "twin", True
    with pytest.raises(ValidationError):
        twin.save()


def test_a_record_without_it_does_not_get_it(case: tuple[Any, str, Any, Any]) -> None:
    record, column, stored, mended = case
    setattr(record, column, mended)
    record.save()
    setattr(record, column, stored)
    with pytest.raises(ValidationError):
        record.save()


def test_the_form_shows_it_and_changes_something_else(
    case: tuple[Any, str, Any, Any], admin: Browser
) -> None:
    record, column, stored, _mended = case
    answer = admin.send(change_page(record), name="Renamed", confirm="another_person")
    assert answer.status_code == 302, text_of(answer)
    assert now(record, column) == ("Renamed", stored, 2)


def test_the_page_names_the_fault_as_a_notice(case: tuple[Any, str, Any, Any], admin: Browser) -> None:
    record, column, _stored, _mended = case
    page = text_of(admin.get(change_page(record)))
    assert "notices-heading" in page, column


def test_saving_the_form_untouched_changes_nothing(case: tuple[Any, str, Any, Any], admin: Browser) -> None:
    record, column, stored, _mended = case
    admin.post(change_page(record), form_on(admin.get(change_page(record))))
    assert now(record, column) == (record.name, stored, 1)


def test_lists_history_export_and_check_work(
    case: tuple[Any, str, Any, Any], admin: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    record, column, *_rest = case
    listing = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_changelist")
    assert admin.get(listing).status_code == 200
    history = change_page(record).replace("/change/", "/history/")
    assert admin.get(history).status_code == 200
    call_command("export_bundle", "alpha")
    capsys.readouterr()
    with pytest.raises((SystemExit, CommandError)):
        call_command("check_registry")
    assert column in capsys.readouterr().out
