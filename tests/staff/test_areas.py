"""The pages about the areas of a community: list, one, another key, removal, map."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, page, text_of
from tests.staff.conftest import Register
from tests.staff.test_hostile_input import HOSTILE, in_turn, tried

CORNERS = "46, 11\r\n46, 11.5\r\n46.25, 11.5"
SQUARE = {"type": "Polygon", "coordinates": [[[11, 46], [11.5, 46], [11.5, 46.25], [11, 46]]]}


def at(community: Community, name: str, *args: str) -> str:
    return page("communities.community", name, community.pk, *args)


def north(register: Register, name: str = "area_change") -> str:
    return at(register.a, name, "north")


def shown_form(answer: Any) -> dict[str, str]:
    """The values of the form on the page, as a browser would send them."""
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields if name != "file"}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def send(browser: Browser, url: str, **typed: Any) -> Any:
    return browser.post(url, {**shown_form(browser.get(url)), **typed})


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    found = answer.context["form"].errors.as_data()
    return {field: [each.code for each in found_here] for field, found_here in found.items()}


def stored(register: Register) -> Any:
    return Community.objects.get(pk=register.a.pk)


def all_pages(register: Register) -> list[str]:
    own = [at(register.a, name) for name in ("areas", "area_add", "map")]
    return own + [north(register, f"area_{name}") for name in ("change", "rename", "remove")]


# Who


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_they_are_closed_to_whoever_has_no_role(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for url in all_pages(register):
        assert browser.get(url).status_code == browser.post(url, {}).status_code == 302


def test_another_manager_does_not_find_them(manager_b: User, register: Register) -> None:
    browser = Browser(manager_b)
    for url in all_pages(register):
        assert browser.get(url).status_code == browser.post(url, {"name": "Mine"}).status_code == 404
    assert stored(register).version == register.a.version


@pytest.mark.parametrize("caller", ["viewer_a", "editor_a"])
def test_whoever_does_not_manage_looks_on(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for name in ("areas", "map"):
        assert "North" in text_of(browser.get(at(register.a, name)))
    seen = text_of(browser.get(north(register)))
    assert "North" in seen
    assert "<textarea" not in seen
    for url in (at(register.a, "area_add"), north(register, "area_rename"), north(register, "area_remove")):
        assert browser.get(url).status_code == 403
    for url in all_pages(register):
        if "areas/" in url and url != at(register.a, "areas"):
            assert browser.post(url, {"name": "Mine", "new_key": "mine"}).status_code == 403
    assert stored(register).version == register.a.version


def test_an_area_that_there_is_not_is_not_found(manager_a: User, register: Register) -> None:
    for name in ("area_change", "area_rename", "area_remove"):
        url = at(register.a, name, "nowhere")
        browser = Browser(manager_a)
        assert browser.get(url).status_code == browser.post(url, {"seen": "1"}).status_code == 404


# Reading


def test_the_list_counts_members_and_links_to_them(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(at(register.a, "areas")))
    assert f"/admin/members/member/?community={register.a.pk}&amp;area=north" in text
    assert "4.5 kWp" in text
    assert "alpha-1" in text
    assert "beta" not in text.lower()


def test_the_list_is_searched(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(at(register.a, "areas"), q="SOUTH"))
    assert "South" in text
    assert "North" not in text


def test_queries_do_not_grow_with_areas_and_members(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)

    def count() -> list[int]:
        found = []
        for url in all_pages(register):
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(url).status_code == 200
            found.append(len(queries))
        return found

    count()
    few = count()
    register.a.areas = {**register.a.areas, **{f"x{n}": {"name": "X", "geometry": SQUARE} for n in range(30)}}
    register.a.save()
    for number in range(20):
        Member.objects.create(community=register.a, name="M", role="consumer", area=f"x{number}")
    assert count() == few


# Writing


def test_adding_works(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    url = at(register.a, "area_add")
    answer = send(browser, url, name="Prà Alto", outline=CORNERS, lat="46", lon="11.25", reason="Surveyed")
    assert answer.status_code == 302
    community = stored(register)
    assert community.areas["pra-alto"] == {
        "name": "Prà Alto",
        "location": {"lat": 46, "lon": 11.25},
        "geometry": SQUARE,
    }
    row = community.history.first()
    assert (row.history_user, row.history_door, row.history_change_reason) == (manager_a, "admin", "Surveyed")


def test_a_key_that_is_taken_or_none_is_refused(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), at(register.a, "area_add")
    assert errors(send(browser, url, name="X", key="north")) == {"key": ["key_taken"]}
    assert errors(send(browser, url, name="X", key="a/b")) == {"key": ["invalid"]}
    assert errors(send(browser, url, name="")) == {"name": ["required"]}


def test_what_the_form_does_not_show_is_kept(manager_a: User, register: Register) -> None:
    geometry = {
        "type": "Polygon",
        "coordinates": [[[11, 46, 900], [11.5, 46, 900], [11.5, 46.2, 1], [11, 46, 900]]],
    }
    register.a.areas["north"] |= {"ours": [1, None], "geometry": geometry, "location": {"lat": 46.0, "z": 1}}
    register.a.save()
    assert send(Browser(manager_a), north(register), name="Nord", lon="11").status_code == 302
    assert stored(register).areas["north"] == {
        "name": "Nord",
        "topology": ["alpha-1"],
        "ours": [1, None],
        "geometry": geometry,
        "location": {"lat": 46.0, "z": 1, "lon": 11},
    }


def test_an_outline_is_given_in_three_ways_and_taken_away(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), north(register)
    several = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], SQUARE["coordinates"]]}
    file = SimpleUploadedFile(
        "a.geojson", b"\xef\xbb\xbf" + json.dumps({"type": "Feature", "geometry": SQUARE}).encode()
    )
    for typed, expected in (
        ({"outline": CORNERS}, SQUARE),
        ({"outline": ""}, None),
        ({"geojson": json.dumps(several)}, several),
        ({"file": file}, SQUARE),
        ({"outline": "", "geojson": ""}, None),
    ):
        answer = send(browser, url, **typed)
        assert answer.status_code == 302, errors(answer)
        assert stored(register).areas["north"].get("geometry") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"outline": "46, 11\nx"}, {"outline": ["invalid"]}),
        ({"geojson": "{"}, {"geojson": ["invalid_json"]}),
        (
            {"geojson": '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 3]]]}'},
            {"geojson": ["too_few", "ring_not_closed"]},
        ),
        ({"geojson": '{"type": "Point"}'}, {"geojson": ["invalid"]}),
        ({"lat": "95", "lon": "11"}, {"lat": ["too_large"]}),
        ({"lat": "46"}, {"lon": ["required"]}),
        ({"lat": "north", "lon": "1"}, {"lat": ["invalid"]}),
        ({"outline": CORNERS, "geojson": '{"type": "Polygon", "coordinates": []}'}, {"geojson": ["invalid"]}),
        ({"nodes": ["alpha-1", "beta-1"]}, {"nodes": ["invalid_choice"]}),
    ],
)
def test_an_error_stands_at_its_field_and_what_was_typed_stays(
    manager_a: User, register: Register, typed: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    answer = send(Browser(manager_a), north(register), **typed, reason="try")
    assert errors(answer) == expected
    assert shown_form(answer).items() >= {**typed, "reason": "try"}.items()
    assert stored(register).version == register.a.version


def test_another_key_moves_the_members(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), north(register, "area_rename")
    assert "1 member</a> moves with it" in text_of(browser.get(url))
    assert errors(send(browser, url, new_key="south")) == {"new_key": ["key_taken"]}
    answer = send(browser, url, new_key="nord")
    assert answer.headers["Location"] == at(register.a, "area_change", "nord")
    assert Member.objects.get(pk=register.anna.pk).area == "nord"


def test_an_area_with_members_is_not_removed(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), north(register, "area_remove")
    text = text_of(browser.get(url))
    assert "1 member</a> belongs to it" in text
    assert "Yes, remove" not in text
    assert errors(browser.post(url, {"seen": str(register.a.version)})) == {"__all__": ["area_in_use"]}
    assert send(browser, at(register.a, "area_remove", "south")).status_code == 302
    assert set(stored(register).areas) == {"north"}


def test_an_outline_of_megabytes_is_taken(manager_a: User, register: Register) -> None:
    ring = [[round(7 + step / 1e5, 6), 45.1] for step in range(60_000)]
    outline = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    browser = Browser(manager_a)
    assert send(browser, north(register), geojson=outline).status_code == 302
    assert browser.get(north(register)).status_code == 200
    assert browser.post(north(register), {"geojson": "x" * (17 * 2**20)}).status_code == 413


# Two editors


def test_whoever_edits_another_part_is_in_nobodys_way(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), north(register)
    form = shown_form(browser.get(url))
    other = stored(register)
    other.areas = {**other.areas, "south": {"name": "Süd"}}
    other.save()
    assert browser.post(url, {**form, "name": "Nord"}).status_code == 302
    areas = stored(register).areas
    assert (areas["north"]["name"], areas["south"]["name"]) == ("Nord", "Süd")


def test_whoever_edits_the_same_part_is_told_and_loses_nothing(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), north(register)
    form = shown_form(browser.get(url))
    other = stored(register)
    other.areas = {
        **other.areas,
        "north": {"name": "Theirs", "topology": [], "location": {"lat": 1, "lon": 2}},
    }
    other.save()
    answer = browser.post(url, {**form, "name": "Mine"})
    assert errors(answer) == {"__all__": ["changed_meanwhile"]}
    assert "Changed in the meantime" in text_of(answer)
    again = shown_form(answer)
    assert (again["name"], again["lat"], again.get("nodes")) == ("Mine", "1", None)
    assert stored(register).areas["north"]["name"] == "Theirs"
    assert browser.post(url, again).status_code == 302
    assert stored(register).areas["north"] == {
        "name": "Mine",
        "topology": [],
        "location": {"lat": 1, "lon": 2},
    }


def test_a_form_that_says_not_what_it_saw_is_a_conflict(manager_a: User, register: Register) -> None:
    for seen in ("", "0", "999", "x"):
        answer = Browser(manager_a).post(north(register), {"name": "Mine", "seen": seen})
        assert "changed_meanwhile" in errors(answer)["__all__"]
    assert stored(register).version == register.a.version


def test_an_area_that_was_removed_meanwhile_is_told(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), at(register.a, "area_change", "south")
    form = shown_form(browser.get(url))
    other = stored(register)
    other.areas = {"north": other.areas["north"]}
    other.save()
    assert errors(browser.post(url, {**form, "name": "Mine"})) == {"__all__": ["changed_meanwhile"]}
    assert browser.get(url).status_code == 404


# What is no form


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:20])
def test_hostile_values(manager_a: User, register: Register, value: str) -> None:
    browser = Browser(manager_a)
    seen = str(register.a.version)
    fields = ["name", "key", "nodes", "lat", "lon", "outline", "geojson", "new_key", "reason"]
    for url, names in zip(all_pages(register), in_turn([*fields, "seen"], value), strict=False):
        for sent in ([*fields], *([name] for name in names)):
            answer = tried(browser, url, {"seen": seen, "name": "X", **dict.fromkeys(sent, value)})
            assert answer.status_code < 500, (url, sent)
        if "\x00" not in value:
            assert browser.get(url, q=value, p=value).status_code < 500
    for content in (value.encode(), b"\xff\xfe", b""):
        file = SimpleUploadedFile("x.geojson", content)
        assert browser.post(north(register), {"seen": seen, "name": "X", "file": file}).status_code < 500


@pytest.mark.parametrize(
    "areas",
    [
        {"a/b": {"name": "X"}, "": {"name": "Y"}},
        {"north": 5, "x": None},
        {"north": {"name": 5, "topology": 5, "location": 5, "geometry": 5}},
        {
            "north": {
                "topology": [5, None],
                "location": {"lat": "x"},
                "geometry": {"type": "Polygon", "coordinates": [[5]]},
            }
        },
    ],
)
def test_old_faults_are_shown_and_mended(manager_a: User, register: Register, areas: Any) -> None:
    Community._base_manager.filter(pk=register.a.pk).update(areas=areas)
    browser = Browser(manager_a)
    for name in ("areas", "map", "grid", "area_add", "change"):
        assert browser.get(at(register.a, name)).status_code == 200, name
    if "north" in areas:
        assert browser.get(north(register)).status_code == 200
        assert send(browser, north(register), name="Mended").status_code in (200, 302)


def test_tiles_lie_under_the_map_only_when_there_is_a_server(
    manager_a: User, register: Register, settings: Any
) -> None:
    from recportal.environment import Tiles

    register.a.areas["north"]["geometry"] = SQUARE
    register.a.save()
    browser, url = Browser(manager_a), at(register.a, "map")
    assert "<image" not in text_of(browser.get(url))
    settings.TILES = Tiles("https://tiles.example.org/{z}/{x}/{y}.png", "© Example")
    text = text_of(browser.get(url))
    assert '<image href="https://tiles.example.org/' in text
    assert "© Example" in text
