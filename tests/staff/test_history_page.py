"""The history of a record."""

import pytest

from members.models import Member
from recportal.accounts.models import User
from recportal.records.changes import change as changing
from tests.staff.browsing import Browser, history, text_of
from tests.staff.conftest import Register


def entries(
    user: User, record: object, **query: str
) -> list[tuple[str, str, str, str, list[tuple[str, str, str]]]]:
    answer = Browser(user).get(history(record), **query)
    assert answer.status_code == 200
    return [
        (
            str(each.action),
            each.who,
            str(each.door),
            each.reason,
            [(place.place, place.before, place.after) for place in each.places],
        )
        for each in answer.context["entries"]
    ]


def test_it_says_who_when_why_and_what(manager_a: User, editor_a: User, register: Register) -> None:
    anna = register.anna
    anna.area = ""
    anna.user_id = "anna"
    anna.delivery_points[0]["tariff"] = "shop"
    anna.extra = {"shoe_size": 42}
    with changing(editor_a, "admin", "moved"):
        anna.save()
    assert entries(manager_a, anna) == [
        (
            "changed",
            "editor_a",
            "admin",
            "moved",
            [
                ("area", "north", ""),
                ("delivery_points[0].tariff", "home", "shop"),
                ("extra.email", "m-1@example.org", ""),
                ("extra.shoe_size", "", "42"),
                ("user_id", "m-1-user", "anna"),
            ],
        ),
        ("created", "", "shell", "", []),
    ]
    text = text_of(Browser(manager_a).get(history(anna)))
    assert "<code>delivery_points[0].tariff</code>" in text
    assert "<time datetime=" in text


def test_it_shows_a_new_owner_by_name(viewer_a: User, register: Register) -> None:
    carla = Member.objects.create(community=register.a, key="m-2", name="Carla", role="consumer")
    register.pv.owner = carla
    register.pv.save()
    assert entries(viewer_a, register.pv)[0][4] == [("owner", "Anna (m-1)", "Carla (m-2)")]


def test_long_values_are_cut_and_strange_ones_harmless(manager_a: User, register: Register) -> None:
    anna = register.anna
    anna.extra = {"a": "<script>alert(1)</script>", "b": "x" * 10_000, "c": {"deep": [1, {"e": None}]}}
    anna.save()
    places = {place: after for place, _before, after in entries(manager_a, anna)[0][4]}
    assert len(places["extra.b"]) < 200
    assert places["extra.c"] == '{"deep":[1,{"e":null}]}'
    text = text_of(Browser(manager_a).get(history(anna)))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_very_many_places_are_counted(manager_a: User, register: Register) -> None:
    register.a.extra = {f"key{number:03}": number for number in range(150)}
    register.a.save()
    answer = Browser(manager_a).get(history(register.a))
    first = answer.context["entries"][0]
    assert (len(first.places), first.more) == (100, 50)
    assert "and 50 more places" in text_of(answer)


def test_it_has_pages(manager_a: User, register: Register) -> None:
    for number in range(45):
        register.anna.name = f"Anna {number}"
        register.anna.save()
    first, second, third = (entries(manager_a, register.anna, p=str(page)) for page in (1, 2, 3))
    assert [len(page) for page in (first, second, third)] == [20, 20, 6]
    assert first[-1][4] == [("name", "Anna 24", "Anna 25")]  # compared with one that is on the next page
    assert third[-1][:1] == ("created",)
    for nonsense in ("x", "0", "-1", "9" * 400, "9" * 5000):
        assert len(entries(manager_a, register.anna, p=nonsense)) in (6, 20)


@pytest.mark.parametrize("record", ["a", "anna", "pv"])
def test_viewers_see_it_and_others_do_not(
    viewer_a: User, manager_b: User, member_a: User, stranger: User, register: Register, record: str
) -> None:
    url = history(getattr(register, record))
    assert Browser(viewer_a).get(url).status_code == 200
    assert Browser(manager_b).get(url).status_code == 404
    assert Browser(member_a).get(url).status_code == 302
    assert Browser(stranger).get(url).status_code == 302


def test_what_never_was_has_none(manager_a: User, register: Register) -> None:
    assert Browser(manager_a).get("/admin/members/member/987654/history/").status_code == 404
    assert Browser(manager_a).get("/admin/members/member/x/history/").status_code == 404
