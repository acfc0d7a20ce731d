"""Columns of text: what they refuse, what they put in order, and how both engines compare and order them."""

import random
from typing import Any

import pytest
from django.db import connection

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.records.columns import check_column
from recportal.records.fields import fold
from tests.factories import AssetFactory, CommunityFactory, MemberFactory

TEXTS = [
    *((Community, name) for name in ("key", "name", "description")),
    *((Member, name) for name in ("key", "user_id", "name", "role", "area", "status")),
    *((Asset, name) for name in ("key", "asset_type", "name", "sensor_id")),
]


def check(model: type[Any], name: str, value: Any) -> tuple[Any, list[str]]:
    stored, faults = check_column(model._meta.get_field(name), value, model())
    assert all(fault.path == (name,) and len(str(fault.text)) < 300 for fault in faults)
    return stored, [fault.code for fault in faults]


@pytest.mark.parametrize(("model", "name"), TEXTS)
@pytest.mark.parametrize("hostile", ["a\x00b", "\x00", "a\ud800", "\udfff"])
def test_what_no_database_keeps_is_refused_everywhere(model: type[Any], name: str, hostile: str) -> None:
    codes = check(model, name, hostile)[1]
    assert codes in (["null_character"], ["lone_surrogate"], ["invalid"], ["invalid_choice"])


@pytest.mark.parametrize(("model", "name"), TEXTS)
@pytest.mark.parametrize("value", [5, 0, 1.5, True, False, [], {}, ["x"], {"a": 1}, b"x", 10**400])
def test_what_is_no_text_is_refused_and_not_made_one(model: type[Any], name: str, value: Any) -> None:
    assert check(model, name, value) == (value, ["wrong_type"])


@pytest.mark.parametrize(
    ("model", "name", "null"),
    [
        (Member, "name", ("", ["required"])),
        (Member, "role", ("", ["required"])),
        (Member, "user_id", ("", [])),
        (Member, "area", ("", [])),
        (Community, "description", ("", [])),
        (Asset, "sensor_id", (None, [])),
        (Asset, "asset_type", ("", ["required"])),
    ],
)
def test_null_is_no_more_than_empty(model: type[Any], name: str, null: Any) -> None:
    assert check(model, name, None) == null
    if name != "sensor_id":
        assert check(model, name, "") == null
    if name in ("name", "user_id", "area"):
        assert check(model, name, " \t") == null


@pytest.mark.parametrize(
    ("model", "name", "most"),
    [
        (Member, "name", 200), (Member, "user_id", 256), (Member, "area", 128), (Member, "key", 128),
        (Asset, "sensor_id", 128), (Community, "name", 200),
    ],
)  # fmt: skip
def test_a_text_is_as_long_as_its_column_at_most(model: type[Any], name: str, most: int) -> None:
    letter = "a" if name == "key" else "è"
    assert check(model, name, f" {letter * most} ") == (letter * most, [])
    assert check(model, name, letter * (most + 1)) == (letter * (most + 1), ["too_long"])


@pytest.mark.parametrize("control", ["\x01", "\n", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_line_is_one_line(control: str) -> None:
    assert check(Asset, "sensor_id", f"a{control}b")[1] == ["invalid"]
    assert check(Member, "user_id", f"a{control}b")[1] == ["invalid"]
    assert check(Community, "description", f"a{control}b")[1] == []


@pytest.mark.parametrize(
    "name", ["a/b?c#d%20", "è", "a b", "'; DROP TABLE", "<b>", "\ue000", "😀" * 128, "-", "."]
)
def test_any_other_character_is_fine_in_an_id(name: str) -> None:
    assert check(Asset, "sensor_id", name) == (name, [])


def test_a_choice_names_what_can_be_chosen() -> None:
    _value, faults = check_column(Member._meta.get_field("status"), "Acting", Member())
    assert str(faults[0].text) == "This must be one of: pending, active, suspended, inactive."


@pytest.mark.django_db
class TestBothEngines:
    def test_texts_are_compared_exactly(self) -> None:
        community = CommunityFactory.create()
        for key in ("a", "A", "a.", "a_", "a:"):
            MemberFactory.create(community=community, key=key)
        assert Member.objects.filter(key="a").count() == 1
        assert Member.objects.filter(key="A").count() == 1

    def test_texts_are_ordered_by_code_point(self) -> None:
        owner = MemberFactory.create()
        names = ["a", "B", "_", "Z", "z", "é", "e", "0", "10", "9", "a b", "a-b", "ab", "\uffee", "😀", "~"]
        random.Random(1).shuffle(names)
        for name in names:
            AssetFactory.create(owner=owner, sensor_id=name)
        stored = Asset.objects.order_by("sensor_id").values_list("sensor_id", flat=True)
        assert list(stored) == sorted(names)

    def test_keys_are_ordered_by_code_point_inside_their_community(self) -> None:
        community = CommunityFactory.create()
        keys = ["m-2", "m-10", "M-1", "m_1", "m.1", "m:1", "0", "_"]
        for key in keys:
            MemberFactory.create(community=community, key=key)
        ordered = Member.objects.order_by("community", "key").values_list("key", flat=True)
        assert list(ordered) == sorted(keys)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'a' < 'B' COLLATE \"en-x-icu\"")
                assert cursor.fetchone() == (True,), (
                    "the server would sort as people do: the test proves something"
                )


@pytest.mark.parametrize(
    ("words", "folded"),
    [
        ("Società ÈÉ", "societa ee"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ﬁne", "fine"),
        ("Ǆ", "dz"),
    ],
)
def test_text_is_folded_for_searching(words: str, folded: str) -> None:
    assert fold(words) == folded


def test_a_number_too_long_to_be_written_is_refused_all_the_same() -> None:
    assert check(Member, "name", 10**5000)[1] == ["wrong_type"]
