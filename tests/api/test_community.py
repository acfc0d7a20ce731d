"""Communities: `/api/communities/` and one of them."""

from communities.models import Community

from .conftest import Callers, Register

PLACE = "communities/alpha/"
CALLERS = ("manager_a", "viewer_a", "manager_b", "member_a", "stranger", "nobody")


def statuses(callers: Callers, method: str, path: str, *body: object) -> list[int]:
    """What each of the callers is answered."""
    return [getattr(getattr(callers, name), method)(path, *body).status for name in CALLERS]


def test_it_works(callers: Callers, register: Register) -> None:
    answer = callers.viewer_a.get(PLACE)
    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    stored = Community.objects.get(key="alpha")
    said = answer.json()
    columns = ("name", "description", "areas", "topology", "legal", "links", "contact", "settings", "extra")
    assert list(said) == ["id", "key", *columns, "version", "created_at", "updated_at"]
    assert {name: said[name] for name in columns} == {name: getattr(stored, name) for name in columns}


def test_who_sees_it(callers: Callers, register: Register) -> None:
    seen = {name: getattr(callers, name).get(PLACE).status for name in CALLERS}
    assert list(seen.values()) == [200, 200, 404, 200, 404, 401]


def test_the_list_leaves_out_what_has_megabytes(callers: Callers, register: Register) -> None:
    answer = callers.superuser.get("communities/")
    assert [each["key"] for each in answer.json()["results"]] == ["alpha", "beta"]
    assert "areas" not in answer.json()["results"][0]
    listed = {
        name: [each["key"] for each in getattr(callers, name).get("communities/").json()["results"]]
        for name in CALLERS[:5]
    }
    assert list(listed.values()) == [["alpha"], ["alpha"], ["beta"], ["alpha"], []]
    assert callers.nobody.get("communities/").code == "not_authenticated"
    found = callers.superuser.get("communities/", search="BETA s.c.").json()["results"]
    assert [each["key"] for each in found] == ["beta"]


def test_only_superusers_create_and_delete(callers: Callers, register: Register) -> None:
    body = {"key": "gamma", "name": "Gamma"}
    assert statuses(callers, "post", "communities/", body) == [403] * 5 + [401]
    assert statuses(callers, "put", "communities/gamma/", body) == [404] * 5 + [401]
    created = callers.superuser.post("communities/", body)
    assert (created.status, created.headers["Location"][-23:]) == (201, "/api/communities/gamma/")
    assert callers.superuser.post("communities/", body).code == "key_taken"
    assert callers.superuser.put("communities/gamma/", body).status == 200
    assert callers.superuser.put("communities/delta/", {"name": "Delta"}).status == 201
    assert statuses(callers, "delete", PLACE) == [403, 403, 404, 403, 404, 401]
    assert callers.superuser.delete(PLACE).code == "community_not_empty"
    assert callers.superuser.delete("communities/gamma/").status == 204
    assert not Community.objects.filter(key="gamma").exists()


def test_a_key_is_made_of_the_name(callers: Callers) -> None:
    answer = callers.superuser.post("communities/", {"name": "Solar Valley"})
    assert answer.json()["key"] == "solar-valley"


def test_managers_change_it(callers: Callers, register: Register) -> None:
    patch = {"settings": {"timezone": "Europe/Rome"}, "areas": {"south": None, "east": {"name": "East"}}}
    assert statuses(callers, "patch", PLACE, patch)[1:] == [403, 404, 403, 404, 401]
    assert callers.editor_a.patch(PLACE, patch).code == "not_allowed"
    answer = callers.manager_a.patch(PLACE, patch)
    assert (answer.status, answer.headers["ETag"]) == (200, '"3"')
    stored = Community.objects.get(key="alpha")
    assert stored.areas == {"north": {"name": "North"}, "east": {"name": "East"}}
    assert stored.settings == {"timezone": "Europe/Rome"}
    assert callers.manager_a.patch(PLACE, {"areas": {"north": None}}).errors == [
        ("area_in_use", "/areas/north")
    ]
    body = {"name": "Alpha", "areas": {"north": {"name": "N"}}}
    assert callers.manager_a.put(PLACE, body, headers={"If-Match": '"3"'}).status == 200
    assert Community.objects.get(key="alpha").legal == {}


def test_what_is_wrong_with_a_grid_has_its_place(callers: Callers, register: Register) -> None:
    patch = {
        "topology": [
            {"id": "a", "type": "feeder", "children": ["a"]},
            {"id": "b", "type": "line", "children": ["c"]},
        ],
        "areas": {"north": {"topology": ["nowhere"]}},
    }
    answer = callers.manager_a.patch(PLACE, patch)
    assert answer.status == 400
    assert ("unknown_node", "/topology/1/children/0") in answer.errors
    assert ("unknown_node", "/areas/north/topology/0") in answer.errors
    assert "topology_invalid" in {code for code, _pointer in answer.errors}


def test_the_numbers_are_for_staff(callers: Callers, register: Register) -> None:
    assert statuses(callers, "get", f"{PLACE}summary/") == [200, 200, 404, 403, 404, 401]
    assert callers.viewer_a.get(f"{PLACE}summary/").json() == {
        "community": "alpha",
        "members": {"total": 1, "by_role": {"consumer": 1}, "by_status": {"active": 1}},
        "assets": {"total": 2, "by_type": {"meter": 1, "pv": 1}},
        "delivery_points": 1,
        "sums": {"capacity_kwp": 4.5, "capacity_kwh": 0, "thermal_power_kw": 0, "rated_power_kw": 0},
    }
