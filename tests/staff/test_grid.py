"""The pages about the grid of a community: the tree, one node, its removal."""

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.models import Community
from recportal.accounts.models import User
from tests.staff.browsing import Browser, page, text_of
from tests.staff.conftest import Register
from tests.staff.test_areas import errors, send, shown_form, stored
from tests.staff.test_hostile_input import HOSTILE, in_turn, tried


def at(community: Community, name: str, node: str = "") -> str:
    url = page("communities.community", name, community.pk)
    return f"{url}?id={quote(node)}" if node else url


def all_pages(register: Register) -> list[str]:
    own = [at(register.a, name) for name in ("grid", "node_add")]
    return own + [at(register.a, f"node_{name}", "alpha-1") for name in ("change", "remove")]


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for url in all_pages(register):
        assert browser.get(url).status_code == browser.post(url, {}).status_code == 302


def test_another_manager_does_not_find_it(manager_b: User, register: Register) -> None:
    browser = Browser(manager_b)
    for url in all_pages(register):
        assert browser.get(url).status_code == browser.post(url, {"type": "line"}).status_code == 404
    assert stored(register).version == register.a.version


@pytest.mark.parametrize("caller", ["viewer_a", "editor_a"])
def test_whoever_does_not_manage_looks_on(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert "alpha-2" in text_of(browser.get(at(register.a, "grid")))
    text = text_of(browser.get(at(register.a, "node_change", "alpha-1")))
    assert "feeder" in text
    assert 'name="type"' not in text
    for name, node in (("node_add", ""), ("node_remove", "alpha-1")):
        assert browser.get(at(register.a, name, node)).status_code == 403
    for url in all_pages(register)[1:]:
        assert browser.post(url, {"type": "line", "id": "x"}).status_code == 403


def test_the_tree_names_areas_and_counts_their_members(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(at(register.a, "grid")))
    assert "North" in text
    assert "1 member<" in text
    assert "beta" not in text.lower()


def test_a_node_is_found_by_its_operators_name(manager_a: User, register: Register) -> None:
    register.a.extra = {"operators": {"op": {"name": "Réti Alpine"}}}
    register.a.topology[1]["operator_id"] = "op"
    register.a.save()
    answer = Browser(manager_a).get(at(register.a, "grid"), q="reti")
    assert [node.id for node in answer.context["nodes"]] == ["alpha-2"]


def test_a_node_is_added_below_another(manager_a: User, register: Register) -> None:
    url = at(register.a, "node_add")
    typed = {"id": " x/../?#% é ", "type": "busbar", "parent": "alpha-2"}
    answer = send(Browser(manager_a), url, **typed)
    assert answer.status_code == 302, errors(answer)
    topology = stored(register).topology
    assert topology[1:] == [
        {"id": "alpha-2", "type": "line", "children": ["x/../?#% é"]},
        {"id": "x/../?#% é", "type": "busbar"},
    ]
    assert Browser(manager_a).get(answer.headers["Location"]).status_code == 200


def test_it_refuses_what_the_form_does_not_offer(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), at(register.a, "node_change", "alpha-1")
    for parent in ("alpha-1", "alpha-2", "beta-1", "nowhere"):
        assert errors(send(browser, url, parent=parent)) == {"parent": ["invalid_choice"]}
    assert errors(send(browser, url, operator_id="nobody")) == {"operator_id": ["invalid_choice"]}
    assert errors(send(browser, url, type="")) == {"type": ["required"]}
    add = at(register.a, "node_add")
    assert errors(send(browser, add, id="alpha-1", type="line")) == {"id": ["duplicate"]}
    assert errors(send(browser, add, id="x" * 129, type="line")) == {"id": ["invalid"]}


def test_values_change_and_unknown_keys_stay(manager_a: User, register: Register) -> None:
    register.a.topology[1]["ours"] = {"a": None}
    register.a.save()
    answer = send(
        Browser(manager_a), at(register.a, "node_change", "alpha-2"), name="Second", parent="", type="x"
    )
    assert answer.status_code == 302, errors(answer)
    assert stored(register).topology == [
        {"id": "alpha-1", "type": "feeder"},
        {"id": "alpha-2", "type": "x", "ours": {"a": None}, "name": "Second"},
    ]


def test_a_node_is_removed_with_its_name_in_areas(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), at(register.a, "node_remove", "alpha-1")
    text = text_of(browser.get(url))
    assert "1 node that hangs below it is at the top afterwards." in text
    assert "The area “North” names it no more." in text
    assert send(browser, url, reason="Taken down").status_code == 302
    community = stored(register)
    assert community.topology == [{"id": "alpha-2", "type": "line"}]
    assert community.areas["north"]["topology"] == []


def test_two_who_edit_one_node(manager_a: User, register: Register) -> None:
    browser, url = Browser(manager_a), at(register.a, "node_change", "alpha-2")
    form = shown_form(browser.get(url))
    other = stored(register)
    other.topology[0]["name"] = "Theirs"
    other.save()
    assert browser.post(url, {**form, "name": "Mine"}).status_code == 302
    other = stored(register)
    assert [node.get("name") for node in other.topology] == ["Theirs", "Mine"]
    form = shown_form(browser.get(url))
    other.topology[1]["type"] = "busbar"
    other.save()
    answer = browser.post(url, {**form, "name": "Mine again"})
    assert errors(answer) == {"__all__": ["changed_meanwhile"]}
    again = shown_form(answer)
    assert (again["name"], again["type"]) == ("Mine again", "busbar")
    assert browser.post(url, again).status_code == 302


def test_a_grid_of_thousands_stays_small_and_is_found(manager_a: User, register: Register) -> None:
    wide = [{"id": f"n{number}", "type": "line", "name": f"Line {number}"} for number in range(6000)]
    deep = [{"id": f"d{number}", "type": "line", "children": [f"d{number + 1}"]} for number in range(1000)]
    top = {"id": "top", "type": "feeder", "children": [node["id"] for node in wide]}
    browser = Browser(manager_a)

    def count() -> list[int]:
        found = []
        for url in (*all_pages(register), at(register.a, "grid") + "?q=alpha"):
            with CaptureQueriesContext(connection) as queries:
                answer = browser.get(url)
            assert answer.status_code == 200
            assert len(answer.content) < 250_000, url
            found.append(len(queries))
        return found

    count()
    few = count()
    register.a.topology = [*register.a.topology, top, *wide, *deep, {"id": "d1000", "type": "line"}]
    register.a.save()
    assert count() == few
    for url in (at(register.a, "node_change", "top"), at(register.a, "node_change", "d1000")):
        assert browser.get(url).status_code == 200
    below = browser.get(at(register.a, "grid"), under="top", p="120")
    assert "Line 5999" in text_of(below)
    assert "Line 4711" in text_of(browser.get(at(register.a, "grid"), q="line 4711"))
    assert send(browser, at(register.a, "node_change", "n7"), parent="d500").status_code == 302


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:20])
def test_hostile_values(manager_a: User, register: Register, value: str) -> None:
    browser = Browser(manager_a)
    fields = ["id", "type", "name", "operator_id", "parent", "reason"]
    for url, names in zip(all_pages(register), in_turn([*fields, "seen"], value), strict=False):
        sound = {"seen": str(register.a.version), "type": "line", "id": "new"}
        for sent in ([*fields], *([name] for name in names)):
            answer = tried(browser, url, {**sound, **dict.fromkeys(sent, value)})
            assert answer.status_code < 500, (url, sent)
    if "\x00" not in value:
        for name in ("grid", "node_change", "node_remove", "node_add"):
            query = {"q": value, "p": value, "under": value, "id": value, "parent": value}
            assert browser.get(at(register.a, name), **query).status_code < 500, name


@pytest.mark.parametrize(
    "topology",
    [
        [5, None, {}, {"id": 5}, {"id": "a"}, {"id": "a", "type": 5}],
        [{"id": "a", "children": ["a", 5, "gone"], "type": None, "operator_id": 5, "name": []}],
        [{"id": "a", "children": ["b"]}, {"id": "b", "children": ["a"]}, {"id": "c", "children": ["b"]}],
    ],
)
def test_old_faults_are_shown(manager_a: User, register: Register, topology: Any) -> None:
    Community._base_manager.filter(pk=register.a.pk).update(
        topology=topology, areas={"n": 5}, extra={"operators": 5}
    )
    browser = Browser(manager_a)
    for url in (at(register.a, "grid"), at(register.a, "grid") + "?q=a"):
        assert browser.get(url).status_code == 200
    for name in ("node_change", "node_remove"):
        assert browser.get(at(register.a, name, "a")).status_code == 200
    assert send(browser, at(register.a, "node_change", "a"), type="line", name="A").status_code in (200, 302)
