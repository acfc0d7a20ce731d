"""What was stored before texts were prepared: `check_registry` names it, and it does not stand in the way."""

import pytest
from django.db.models import TextField, Value

from assets.models import Asset
from members.models import Holding, Member
from recportal.bundles.registry import RegistryCheck
from tests.factories import AssetFactory, MemberFactory, pod

pytestmark = pytest.mark.django_db


def found() -> set[tuple[str, str, str]]:
    return {(each.record.split("/")[-1], each.code, each.path) for each in RegistryCheck().findings()}


@pytest.fixture
def two() -> list[Member]:
    one = MemberFactory.create(key="one", user_id="anna", delivery_points=[pod(1)], extra={"did": "did:a"})
    other = MemberFactory.create(
        key="other",
        community=one.community,
        user_id="bruno",
        delivery_points=[pod(2)],
        extra={"did": "did:b"},
    )
    AssetFactory.create(key="meter", owner=other, asset_type="meter", sensor_id="S2")
    assert found() == set()
    return [one, other]


def plant(record: Member | Asset, **columns: object) -> None:
    """Put values into the record and into its history, past the fields, which would put texts in order."""
    rows = type(record).objects.filter(pk=record.pk), type(record).history.filter(id=record.pk)
    for name, value in columns.items():
        for each in rows if name != "user_id_compared" else rows[:1]:
            each.update(**{name: Value(value, TextField()) if isinstance(value, str) else value})


def test_invisible_characters(two: list[Member]) -> None:
    plant(two[1], name="Bru\u200bno", extra={"did": "did:\u2060b", "note": "\u202ex"})
    assert {("other", "not_in_order", "name"), ("other", "not_in_order", "extra")} <= found()


def test_a_user_id_that_is_another_ones(two: list[Member]) -> None:
    plant(two[1], user_id="an\u200bna", user_id_compared="an\u200bna")
    assert {("other", "user_id_taken", "user_id"), ("other", "not_in_order", "user_id")} <= found()


def test_two_holders_whose_codes_were_computed_otherwise(two: list[Member]) -> None:
    plant(two[1], delivery_points=[{"id": "IT999E_0000_0001", "type": "pod"}])
    Holding.objects.filter(member=two[1], kind="delivery_point").update(code="it999e_0000_0001")
    assert ("other", "delivery_point_held", "delivery_points[0].id") in found()
    Holding.objects.filter(member=two[0], kind="delivery_point").update(code="it999e/00000001")
    assert ("other", "delivery_point_held", "delivery_points[0].id") in found()
    assert ("one", "holding_missing", "delivery_points[0].id") in found()


def test_words_of_a_type_in_capitals(two: list[Member]) -> None:
    plant(two[0], delivery_points=[{"id": pod(1)["id"], "type": "POD"}])
    assert ("one", "not_in_order", "delivery_points") in found()


def test_a_write_of_something_else_is_not_refused(two: list[Member]) -> None:
    plant(two[1], user_id="an\u200bna", user_id_compared="an\u200bna")
    member = Member.objects.get(pk=two[1].pk)
    member.extra = {"did": "did:b", "note": "x"}
    member.save()
    assert Member.objects.get(pk=two[1].pk).extra["note"] == "x"
