"""Corrections: a member says what is wrong; staff of its community, and nobody else, answer."""

import pytest

from assets.models import Asset
from members.models import Correction, Member
from recportal.accounts.models import User

from .conftest import BASE, Lot, signed_in

NEW = BASE + "corrections/new/"


def propose(user: User, query: str, value: str = "", message: str = "") -> int:
    return signed_in(user).post(NEW + query, {"value": value, "message": message}).status_code


def answer(user: User, **form: str) -> int:
    correction = Correction.objects.get()
    address = f"/admin/members/correction/{correction.pk}/change/"
    return signed_in(user).post(address, form).status_code


def test_it_works(lot: Lot, member_a: User, manager_a: User) -> None:
    assert propose(member_a, "?asset=pv-1&at=/properties/capacity_kwp", "5,2", "The bill says so.") == 302
    assert Asset.objects.get(pk=lot.pv.pk).properties["capacity_kwp"] == 4.5
    page = signed_in(manager_a).get(f"/admin/members/correction/{Correction.objects.get().pk}/change/")
    assert "<del>4.5</del>" in page.content.decode()
    assert "<ins>5.2</ins>" in page.content.decode()
    assert answer(manager_a, accept="1", answer="Thank you.") == 302
    pv = Asset.objects.get(pk=lot.pv.pk)
    assert pv.properties["capacity_kwp"] == 5.2
    entry = pv.history.order_by("-history_id").first()
    assert (entry.history_user, entry.history_door) == (manager_a, "admin")
    assert "The bill says so." in entry.history_change_reason
    page = signed_in(member_a).get(BASE + "corrections/")
    assert "Thank you." in page.content.decode()


@pytest.mark.parametrize(
    ("query", "typed", "column", "expected"),
    [
        ("?at=/name", "Anna B.", "name", "Anna B."),
        ("?at=/area", "south", "area", "south"),
        ("?at=/role", "consumer", "role", "consumer"),
        ("?at=/extra/phone", "+39 0000 9", "extra", "+39 0000 9"),
        ("?at=/extra/joined_on", "2023-01-31", "extra", "2023-01-31"),
        ("?at=/delivery_points/IT001E00000001/tariff", "night", "delivery_points", "night"),
        ("?at=/delivery_points/IT001E00000001/active", "false", "delivery_points", False),
    ],
)
def test_every_kind_of_value_is_written(
    lot: Lot, member_a: User, manager_a: User, query: str, typed: str, column: str, expected: object
) -> None:
    assert propose(member_a, query, typed) == 302
    assert answer(manager_a, accept="1") == 302
    stored = getattr(Member.objects.get(pk=lot.own.pk), column)
    key = query.rpartition("/")[2]
    if isinstance(stored, list):
        stored = stored[0]
    assert (stored[key] if isinstance(stored, dict) else stored) == expected


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        ("?asset=pv-1&at=/properties/tilt", "steep"),
        ("?asset=pv-1&at=/properties/tilt", "91"),
        ("?asset=pv-1&at=/properties/tilt", "nan"),
        ("?asset=pv-1&at=/properties/tilt", "1e400"),
        ("?at=/extra/joined_on", "yesterday"),
        ("?at=/area", "nowhere"),
        ("?at=/name", "a\0b"),
        ("?at=/name", ""),
        ("", ""),
    ],
)
def test_it_rejects_what_could_not_be_stored(lot: Lot, member_a: User, query: str, typed: str) -> None:
    assert propose(member_a, query, typed) == 422
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "?at=/account",
        "?at=/community",
        "?at=/nothing",
        "?at=/extra/nothing/below",
        "?at=/delivery_points/other",
        "?at=name",
        "?at=/delivery_points/0/id",
        "?asset=pv-nearby&at=/name",
        "?asset=beta-pv",
        "?asset=nothing",
    ],
)
def test_other_places_are_not_there(lot: Lot, member_a: User, query: str) -> None:
    assert signed_in(member_a).get(NEW + query).status_code == 404


def test_of_the_rest_one_can_say_in_words_that_it_is_wrong(lot: Lot, member_a: User, manager_a: User) -> None:
    assert propose(member_a, "?at=/status", "inactive", "I have left.") == 302
    correction = Correction.objects.get()
    assert (correction.proposed, correction.message) == (None, "I have left.")
    assert answer(manager_a, accept="1") == 302
    assert Member.objects.get(pk=lot.own.pk).status == "active"


def test_staff_decline_with_an_answer(lot: Lot, member_a: User, manager_a: User) -> None:
    propose(member_a, "?at=/name", "Anna the Great")
    assert answer(manager_a, decline="1") == 200, "without an answer"
    assert answer(manager_a, decline="1", answer="The contract says Anna.") == 302
    assert Member.objects.get(pk=lot.own.pk).name == "Anna"
    assert "The contract says Anna." in signed_in(member_a).get(BASE + "corrections/").content.decode()
    assert answer(manager_a, accept="1") == 200, "answered already"
    assert Member.objects.get(pk=lot.own.pk).name == "Anna"


def test_what_the_record_refuses_stays_open(lot: Lot, member_a: User, manager_a: User) -> None:
    propose(member_a, "?at=/delivery_points/IT001E00000001/id", "IT001E00000002")
    page = signed_in(manager_a).post(
        f"/admin/members/correction/{Correction.objects.get().pk}/change/", {"accept": "1"}
    )
    assert "held already" in page.content.decode()
    assert Correction.objects.get().state == "open"


def test_the_member_takes_it_back(lot: Lot, member_a: User, manager_a: User, stranger: User) -> None:
    propose(member_a, "?at=/name", "Anna the Great")
    address = f"{BASE}corrections/{Correction.objects.get().pk}/withdraw/"
    assert signed_in(stranger).post(address).status_code == 404
    assert signed_in(member_a).post(address).status_code == 302
    assert answer(manager_a, accept="1") == 200
    assert Member.objects.get(pk=lot.own.pk).name == "Anna"


@pytest.mark.parametrize(
    ("caller", "status"), [("viewer_a", 403), ("manager_b", 404), ("member_a", 302), ("stranger", 302)]
)
def test_nobody_else_reads_or_answers_it(
    lot: Lot, member_a: User, caller: str, status: int, request: pytest.FixtureRequest
) -> None:
    propose(member_a, "?at=/name", "Anna the Great")
    user = request.getfixturevalue(caller)
    assert answer(user, accept="1") in (status, 404)
    assert Correction.objects.get().state == "open"
    assert "Great" not in signed_in(user).get("/admin/members/correction/").content.decode()
    if user != member_a:
        assert signed_in(user).get(BASE + "corrections/").status_code == 404


def test_an_asset_that_has_changed_hands_is_not_corrected_any_more(
    lot: Lot, member_a: User, manager_a: User
) -> None:
    propose(member_a, "?asset=pv-1&at=/properties/tilt", "30")
    lot.pv.owner = lot.neighbour
    lot.pv.save()
    assert answer(manager_a, accept="1") == 200
    assert "tilt" not in Asset.objects.get(pk=lot.pv.pk).properties
