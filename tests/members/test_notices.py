"""What looks wrong about a member is said; what is right is not."""

from datetime import date
from random import Random
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from assets.models import Asset
from communities.models import Community
from members.identifiers import generate
from members.models import Member
from members.notices import background_of, member_notices
from recportal.accounts.models import User

pytestmark = pytest.mark.django_db

TODAY = date(2026, 5, 1)
POD = "IT999E12345678"
SOUND: dict[str, Any] = {
    "key": "m-1",
    "name": "Anna",
    "user_id": "anna",
    "role": "prosumer",
    "area": "north",
    "status": "active",
    "delivery_points": [{"id": POD, "type": "pod"}],
    "extra": {"type": "schema:Person", "fiscal_code": "RCCMNL83S18D969H", "joined_on": "2026-05-01"},
}


@pytest.fixture
def community() -> Community:
    return Community.objects.create(
        key="sole", name="Sole", areas={"north": {"name": "North"}}, settings={"country": "IT"}
    )


def notices(
    community: Community, assets: tuple[str, ...] = ("meter", "pv"), pod: str = POD, **columns: Any
) -> list[tuple[str, str]]:
    """The codes and places of the notices of a sound member with these columns changed."""
    member = Member.objects.create(community=community, **{**SOUND, **columns})
    for asset_type in assets:
        properties = {"pod": pod} if asset_type == "meter" else {}
        Asset.objects.create(owner=member, asset_type=asset_type, name=asset_type, properties=properties)
    return [(notice.code, notice.path) for notice in member_notices(member, today=TODAY)]


def test_a_sound_member_has_none(community: Community) -> None:
    assert notices(community) == []


def extra(**more: Any) -> dict[str, Any]:
    return {**SOUND["extra"], **more}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"user_id": ""}, ("no_account", "user_id")),
        ({"area": ""}, ("no_area", "area")),
        ({"delivery_points": []}, ("no_delivery_point", "delivery_points")),
        (
            {"delivery_points": [{"id": POD, "type": "pod", "active": False}]},
            ("no_delivery_point", "delivery_points"),
        ),
        ({"assets": ("meter",)}, ("no_generator", "role")),
        ({"assets": ("meter", "storage")}, ("no_generator", "role")),
        ({"assets": ("meter",), "role": "producer"}, ("no_generator", "role")),
        ({"assets": ("pv",)}, ("delivery_point_without_meter", "delivery_points[0]")),
        ({"pod": "IT999E00000001"}, ("delivery_point_without_meter", "delivery_points[0]")),
        (
            {"delivery_points": [{"id": "POD-1", "type": "pod"}], "pod": "pod 1"},
            ("delivery_point_doubtful", "delivery_points[0].id"),
        ),
        ({"extra": extra(vat="00743110158")}, ("vat_doubtful", "extra.vat")),
        ({"extra": extra(fiscal_code="RCCMNL83S18D969A")}, ("fiscal_code_doubtful", "extra.fiscal_code")),
        ({"extra": extra(joined_on="2026-05-02")}, ("date_in_future", "extra.joined_on")),
        ({"extra": extra(left_on="2026-06-01")}, ("date_in_future", "extra.left_on")),
        ({"extra": extra(left_on="2026-04-30")}, ("left_before_joined", "extra.left_on")),
        ({"extra": extra(type="schema:Persona")}, ("unusual_word", "extra.type")),
        (
            {"delivery_points": [{"id": POD, "type": "P.O.D. 2"}]},
            ("unusual_word", "delivery_points[0].type"),
        ),
    ],
)
def test_one_thing_that_looks_wrong_is_said_once(
    community: Community, columns: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert notices(community, **columns) == [expected]


def test_an_account_needs_no_name_at_a_provider(community: Community) -> None:
    """It came with an invitation: nobody is to be invited again."""
    account = User.objects.create_user("anna")
    assert notices(community, user_id="", account=account) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "pending", "user_id": "", "area": "", "delivery_points": []},
        {"status": "inactive", "user_id": "", "area": "", "assets": ()},
        {"role": "consumer", "assets": ("meter",)},
        {"pod": "it999e 1234-5678"},
        {
            "delivery_points": [
                *SOUND["delivery_points"],
                {"id": "IT999E00000009", "type": "pod", "active": False},
            ]
        },
        {"delivery_points": [{"id": "anything", "type": "other"}], "pod": "ANYTHING"},
        {"extra": {"left_on": "2026-05-01"}},
        {"extra": {}},
    ],
)
def test_what_is_right_or_not_due_yet_is_not_said(community: Community, columns: dict[str, Any]) -> None:
    assert notices(community, **columns) == []


def test_every_point_that_looks_wrong_is_named(community: Community) -> None:
    points = [
        {"id": POD, "type": "pod"},
        {"id": "1", "type": "cups"},
        {"id": "00000000000001", "type": "pod"},
    ]
    assert notices(community, delivery_points=points) == [
        ("delivery_point_doubtful", "delivery_points[1].id"),
        ("delivery_point_doubtful", "delivery_points[2].id"),
        ("delivery_point_without_meter", "delivery_points[1]"),
        ("delivery_point_without_meter", "delivery_points[2]"),
    ]


def test_the_country_is_known_by_the_vat_number_where_the_settings_are_silent() -> None:
    community = Community.objects.create(
        key="sole", name="Sole", areas={"north": {"name": "North"}}, legal={"vat": "IT00743110157"}
    )
    assert notices(community, extra={"vat": "1"}) == [("vat_doubtful", "extra.vat")]


def test_no_country_no_doubt_about_numbers() -> None:
    community = Community.objects.create(key="sole", name="Sole", areas={"north": {"name": "North"}})
    assert notices(community, extra={"vat": "1", "fiscal_code": "1"}) == []


def test_a_fault_from_before_the_schema_knew_it_is_said(community: Community) -> None:
    assert notices(community) == []
    Member.objects.update(extra={"email": "nobody"})
    (notice,) = member_notices(Member.objects.get(), today=TODAY)
    assert (notice.code, notice.path) == ("invalid", "extra.email")


@pytest.mark.parametrize(("communities", "expected"), [(5, []), (6, ["delivery_point_in_many_communities"])])
def test_an_austrian_point_in_more_than_five_communities(communities: int, expected: list[str]) -> None:
    point = {"id": generate("zp", Random(1)), "type": "zp"}
    for number in range(communities):
        community = Community.objects.create(key=f"c-{number}", name="Sonne")
        member = Member.objects.create(
            community=community, name="Anna", role="consumer", status="suspended", delivery_points=[point]
        )
        Asset.objects.create(owner=member, asset_type="meter", name="Meter", properties={"pod": point["id"]})
    found = member_notices(member, today=TODAY)
    assert [notice.code for notice in found] == expected
    assert {notice.path for notice in found} <= {"delivery_points[0].id"}

    left = Member.objects.exclude(pk=member.pk)[0]
    left.status = "inactive"
    left.save()
    assert member_notices(member, today=TODAY) == []


def test_a_meter_of_somebody_else_does_not_count(community: Community) -> None:
    other = Member.objects.create(community=community, name="Bruno", role="consumer")
    Asset.objects.create(owner=other, asset_type="meter", name="Meter", properties={"pod": POD})
    assert notices(community, assets=("pv",)) == [("delivery_point_without_meter", "delivery_points[0]")]


def test_an_id_of_digits_stays_text(community: Community) -> None:
    """An id that reads like a number is compared as it was written, leading zeros included."""
    points = [{"id": "00000000000014", "type": "prm"}, {"id": "12345678901234", "type": "prm"}]
    assert notices(community, delivery_points=points, pod="00000000000014") == [
        ("delivery_point_without_meter", "delivery_points[1]")
    ]
    Asset.objects.filter(asset_type="meter").update(properties={"pod": "12345678901234"})
    (notice,) = member_notices(Member.objects.get(), today=TODAY)
    assert notice.path == "delivery_points[0]"
    Asset.objects.filter(asset_type="meter").update(properties={"pod": "14"})
    assert len(member_notices(Member.objects.get(), today=TODAY)) == 2


def test_a_page_of_members_takes_three_queries(
    community: Community, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rng = Random(2)
    for number in range(12):
        point = {"id": generate("zp", rng), "type": "zp"}
        Member.objects.create(
            community=community, name=f"M {number}", role="prosumer", status="active", delivery_points=[point]
        )
    members = list(Member.objects.order_by("key"))
    with django_assert_num_queries(3):
        background = background_of(members)
        together = [member_notices(member, background, TODAY) for member in members]
    assert together == [member_notices(member, today=TODAY) for member in members]
    assert all(together)
