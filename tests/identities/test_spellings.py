"""A point, sensor, user id or DID in any spelling has one holder at every door; two are never called one."""

import csv
import io
import json
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from assets.models import Asset
from communities.models import Community
from members.identifiers import compact, generate
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.bundles.importing import import_bundle, import_file
from recportal.bundles.plan import Plan
from recportal.bundles.spreadsheets import read_table
from recportal.documents.faults import dotted, faults_of
from recportal.records.models import Record
from recportal.text import compared, stored
from tests.api.calling import token_of
from tests.factories import AssetFactory, CommunityFactory, MemberFactory
from tests.staff.browsing import Browser, errors_on, page

from .spellings import SEPARATED, TYPE_WORDS, UNSEEN, points, spellings_of

pytestmark = pytest.mark.django_db

POINTS = points()
#: (type, id, spelling) of every point and spelling, a few hundred.
ALL = [
    (kind, name, spelled) for kind, name in POINTS.items() for spelled in spellings_of(kind, name).values()
]
#: The column or place, an identity, and the code of its second holder.
NAMES = [
    ("user_id", "Anna@Example.org/1-2", "user_id_taken"),
    ("extra.did", "did:web:Example.org:anna_1", "did_held"),
    ("sensor_id", "Meter 7/A_1-2", "sensor_held"),
]


def refused(record: Record) -> list[tuple[str, str]]:
    try:
        record.save()
    except ValidationError as error:
        return [(fault.code, dotted(fault.path)) for fault in faults_of(error)]
    return []


def point(kind: str, name: str) -> dict[str, str]:
    return {"id": name, "type": kind}


@pytest.fixture
def home() -> Community:
    """A community in which one member holds a point of each type."""
    community = CommunityFactory.create(key="home", settings={"country": "AT"})
    holder = MemberFactory.create(
        community=community, key="holder", delivery_points=[point(*each) for each in POINTS.items()]
    )
    assert Holding.objects.filter(member=holder, until=None).count() == len(POINTS)
    return community


def named(community: Community, place: str, name: str, key: str = "") -> Record:
    """A record that has ``name`` at the place."""
    if place == "sensor_id":
        owner = community.members.order_by("pk")[0]
        return Asset(owner=owner, key=key, name="x", asset_type="meter", sensor_id=name)
    values: dict[str, Any] = {"user_id": name} if place == "user_id" else {"extra": {"did": name}}
    return Member(community=community, key=key, name="x", role="consumer", status="active", **values)


class TestSave:
    def test_a_point_in_any_spelling_has_one_holder(self, home: Community) -> None:
        assert len(ALL) > 250
        late = MemberFactory.create(community=home, key="late")
        for kind, _name, spelled in ALL:
            late.delivery_points = [point(kind, spelled)]
            assert refused(late) == [("delivery_point_held", "delivery_points[0].id")], (kind, ascii(spelled))
        assert Holding.objects.count() == len(POINTS)

    def test_another_point_in_any_spelling_is_another(self, home: Community) -> None:
        """Spelled as oddly, points with other digits are free, and are stored without odd marks."""
        rng = Random(8)
        late = MemberFactory.create(community=home, key="late")
        for kind in POINTS:
            other = "DP-11-1" if kind == "other" else generate(kind, rng)
            for spelled in spellings_of(kind, other).values():
                late.delivery_points = [point(kind, spelled)]
                assert refused(late) == [], (kind, ascii(spelled))
                assert stored(late.delivery_points[0]["id"]) == late.delivery_points[0]["id"]

    def test_of_a_type_without_a_rule_separators_are_part(self, home: Community) -> None:
        taken = {"dp-1-11"}
        for name in ["DP-11-1", "DP11-1", "DP111", *(spell("DP-1-11") for spell in SEPARATED.values())]:
            late = Member(community=home, name="x", role="consumer", status="active")
            late.delivery_points = [point("other", name)]
            code = compared(name).lower()  # of the dashes, some are one by Unicode
            assert refused(late) == (
                [("delivery_point_held", "delivery_points[0].id")] if code in taken else []
            )
            taken.add(code)
        assert len(taken) > 10

    @pytest.mark.parametrize(
        ("kind", "word"), [(k, word) for k, words in TYPE_WORDS.items() for word in words]
    )
    def test_the_word_for_a_type_is_folded(self, kind: str, word: str) -> None:
        member = MemberFactory.create(delivery_points=[point(word, POINTS[kind])])
        assert member.delivery_points == [point(kind, POINTS[kind])]
        (holding,) = Holding.objects.all()
        assert holding.scope == (member.community.key if kind == "zp" else "")
        if kind == "zp":
            other = MemberFactory.create(delivery_points=[point(word, POINTS[kind])])
            assert other.community != member.community  # an Austrian point may be in several communities

    def test_ids_of_a_register_of_its_own_stay_apart(self) -> None:
        names = [
            ("pod", "POD-1"),
            ("zp", "ZP 1"),
            ("mpan", "1"),
            ("other", "-"),
            ("other", "."),
            ("pod", "2"),
        ]
        for kind, name in names:
            MemberFactory.create(delivery_points=[point(kind, name)])
        assert Holding.objects.count() == len(names)

    @pytest.mark.parametrize(("place", "name", "code"), NAMES)
    def test_a_name_in_any_spelling_has_one_holder(self, place: str, name: str, code: str) -> None:
        home = MemberFactory.create().community
        assert refused(named(home, place, name)) == []
        for what, spell in UNSEEN.items():
            assert refused(named(home, place, spell(name))) == [(code, place)], what

    @pytest.mark.parametrize(("place", "name", "code"), NAMES)
    def test_case_and_separators_tell_names_apart(self, place: str, name: str, code: str) -> None:
        home = MemberFactory.create().community
        others = {name, name.lower(), name.upper(), *(spell(name) for spell in SEPARATED.values())}
        compared = {
            each.replace("\u00a0", " ").replace("\uff0d", "-").replace("\ufe63", "-") for each in others
        }
        compared = {each.replace("\u2011", "\u2010") for each in compared}
        taken = [each for each in sorted(others) if refused(named(home, place, each))]
        assert len(others) - len(taken) == len(compared)

    @pytest.mark.parametrize("mark", ["\u200b", "\ufeff\u2066\u2069", "\u3164", "\U000e0041"])
    def test_a_text_of_which_nothing_can_be_seen_is_invalid(self, mark: str) -> None:
        home = MemberFactory.create().community
        assert refused(Member(community=home, key=mark, name="x", role="consumer")) == [("invalid", "key")]
        assert refused(Member(community=home, name=mark, role="consumer")) == [("invalid", "name")]
        for place, _name, _code in NAMES:
            assert refused(named(home, place, mark)) == [("invalid", place)]
        late = Member(community=home, name="x", role="consumer", delivery_points=[point("pod", mark)])
        assert refused(late) == [("invalid", "delivery_points[0].id")]

    def test_names_keep_what_belongs_into_a_word(self) -> None:
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 ❤\ufe0f"
        name = f"\u2066\u0646\u0627\u0645\u0647\u200c\u0627\u06cc\u2069 {family} Mül\u00adler\u200b"
        member = MemberFactory.create(name=name, extra={"address": name})
        assert (
            member.name
            == member.extra["address"]
            == f"\u0646\u0627\u0645\u0647\u200c\u0627\u06cc {family} Müller"
        )
        assert list(Member.objects.search("\u0646\u0627\u0645\u0647\u0627\u06cc Müller")) == [member]


class TestApi:
    """The same over HTTP."""

    @pytest.fixture
    def client(self, home: Community) -> Client:
        user = User.objects.create_superuser("root")
        return Client(headers={"authorization": f"Bearer {token_of(user)}"})

    def send(self, client: Client, place: str, body: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
        answer = client.post(f"/api/communities/home/{place}/", body, content_type="application/json")
        errors = answer.json().get("errors", [])
        return answer.status_code, [(each["code"], each["pointer"]) for each in errors]

    @pytest.mark.parametrize("share", [17, pytest.param(1, marks=pytest.mark.proof)])
    def test_points(self, client: Client, share: int) -> None:
        """A sample of the spellings; all of them take a request each."""
        body = {"name": "x", "role": "Prosumer", "status": "Attivo"}
        for kind, _name, spelled in ALL[::share]:
            answer = self.send(client, "members", {**body, "delivery_points": [point(kind, spelled)]})
            assert answer == (409, [("delivery_point_held", "/delivery_points/0/id")]), (kind, ascii(spelled))

    def test_names(self, client: Client, home: Community) -> None:
        for place, name, code in NAMES:
            assert refused(named(home, place, name)) == []
            for spell in list(UNSEEN.values())[::2]:
                spelled = spell(name)
                pointer = "/" + place.replace(".", "/")
                if place == "sensor_id":
                    body = {"name": "x", "owner": "hol\u200bder", "asset_type": "Contatore", place: spelled}
                    assert self.send(client, "assets", body) == (409, [(code, pointer)])
                    continue
                said: dict[str, Any] = {"extra": {"did": spelled}}
                said = {"user_id": spelled} if place == "user_id" else said
                body = {"name": "x", "role": "consumer", "status": "active", **said}
                assert self.send(client, "members", body) == (409, [(code, pointer)])

    def test_lookups_and_filters_take_any_spelling(self, client: Client, home: Community) -> None:
        for place, name, _code in NAMES:
            named(home, place, name, key=place.replace(".", "-")).save()
        answer = client.post(
            "/api/members/lookup/",
            {"delivery_points": [spelled for _kind, _name, spelled in ALL]},
            content_type="application/json",
        ).json()["results"]
        found = [(each["id"], each["member"] and each["member"]["key"]) for each in answer]
        assert found == [(spelled, "holder") for _kind, _name, spelled in ALL]
        for what, spell in UNSEEN.items():
            for kind, name in (("user_ids", NAMES[0][1]), ("dids", NAMES[1][1])):
                asked = {kind: [spell(name)]}
                answer = client.post("/api/members/lookup/", asked, content_type="application/json").json()
                assert [each["member"]["name"] for each in answer["results"]] == ["x"], what
            for path, query in (
                ("members", {"user_id": spell(NAMES[0][1])}),
                ("members", {"did": spell(NAMES[1][1])}),
                ("members", {"delivery_point": spell(POINTS["pod"])}),
                ("members", {"search": spell(POINTS["cups"])}),
                ("assets", {"sensor_id": spell(NAMES[2][1])}),
            ):
                got = client.get(f"/api/{path}/", query).json()["results"]
                assert len(got) == 1, (what, path, query)

    def test_a_filter_of_invisible_characters_is_no_filter(self, client: Client) -> None:
        for name in ("user_id", "area", "did", "delivery_point"):
            answer = client.get("/api/members/", {name: "\u200b"})
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid")

    def test_keys_in_addresses(self, client: Client, home: Community) -> None:
        assert client.get("/api/communities/ho%E2%80%8Bme/members/hol%E2%81%A0der/").status_code == 200
        body = {"name": "x", "role": "consumer"}
        url = "/api/communities/home/members/"
        assert client.put(f"{url}ne%E2%80%8Bw/", body, content_type="application/json").status_code == 201
        assert client.put(f"{url}new/", body, content_type="application/json").status_code == 200
        answer = client.put(f"{url}%E2%80%8B/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid")
        assert set(home.members.values_list("key", flat=True)) == {"holder", "new"}

    def test_a_point_of_the_own_list_is_found_in_any_spelling(self, client: Client, home: Community) -> None:
        holder = home.members.get(key="holder")
        url = "/api/communities/home/members/holder/delivery-points/"
        holder.delivery_points = [point("pod", "IT999E00000001"), point("other", "A-1"), point("mpan", "A_1")]
        holder.save()
        assert client.delete(f"{url}A%201/").status_code == 204  # the one of a type with a rule
        assert client.delete(f"{url}it-999-e-00000001/").status_code == 204
        assert [each["id"] for each in home.members.get(key="holder").delivery_points] == ["A-1"]
        holder.refresh_from_db()
        holder.delivery_points = [
            point("mpan", "B-1"),
            point(
                "pod",
                "B_1",
            )
            | {"active": False},
        ]
        holder.save()
        answer = client.delete(f"{url}B.1/")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "ambiguous")


def codes(plan: Plan) -> dict[str, set[str]]:
    """Key → what its record is refused for."""
    return {step.key: {str(fault.code) for fault in step.faults} for step in plan.steps if step.faults}


class TestFiles:
    """The same in bundles and in tables: all spellings in one file."""

    @pytest.fixture
    def claims(self) -> dict[str, tuple[str, str]]:
        return {f"c-{number}": (kind, spelled) for number, (kind, _name, spelled) in enumerate(ALL)}

    def test_a_bundle(self, home: Community, claims: dict[str, tuple[str, str]]) -> None:
        tree = {
            "recportal": 1,
            "community": {"key": "ho\u200bme", "name": "Home"},
            "members": {
                key: {"name": "x", "role": "Consumer", "status": "attivo", "delivery_points": [point(*each)]}
                for key, each in claims.items()
            },
        }
        plan = import_file(json.dumps(tree, ensure_ascii=False).encode(), "x.json", dry_run=True)
        assert codes(plan) == {key: {"delivery_point_held"} for key in claims}

    def test_a_table(self, home: Community, claims: dict[str, tuple[str, str]]) -> None:
        out = io.StringIO()
        rows = csv.writer(out, delimiter=";")
        rows.writerow(["ke\u200by", "name", "role", "status", "delivery_point_1_type", "delivery_point_1_id"])
        for key, (kind, spelled) in claims.items():
            rows.writerow([f"{key}\ufeff", "x", "Consumatore", "attivo", kind.upper(), spelled])
        plan = import_bundle(read_table(out.getvalue().encode(), "home"), name="x.csv", dry_run=True)
        assert codes(plan) == {key: {"delivery_point_held"} for key in claims}

    def test_names(self, home: Community) -> None:
        for place, name, code in NAMES:
            assert refused(named(home, place, name, key=f"has-{place}")) == []
            records = {
                f"c-{number}": {"user_id": spell(name)}
                if place == "user_id"
                else {"extra": {"did": spell(name)}}
                for number, spell in enumerate(UNSEEN.values())
            }
            tree: dict[str, Any] = {"recportal": 1, "community": {"key": "home", "name": "Home"}}
            if place == "sensor_id":
                tree["assets"] = {
                    key: {"name": "x", "owner": "holder", "asset_type": "METER", "sensor_id": spell(name)}
                    for key, spell in zip(records, UNSEEN.values(), strict=True)
                }
            else:
                member = {"name": "x", "role": "consumer", "status": "active"}
                tree["members"] = {key: {**member, **each} for key, each in records.items()}
            plan = import_file(json.dumps(tree, ensure_ascii=False).encode(), "x.json", dry_run=True)
            assert codes(plan) == {key: {code} for key in records}

    def test_the_own_point_in_another_spelling_is_no_second_one(self, home: Community) -> None:
        for spelled in spellings_of("pod", POINTS["pod"]).values():
            tree = {
                "recportal": 1,
                "community": {"key": "home"},
                "members": {"holder": {"delivery_points": [{**point("POD", spelled), "tariff": "night"}]}},
            }
            plan = import_file(json.dumps(tree).encode(), "x.json")
            assert codes(plan) == {}
        (pod,) = [each for each in home.members.get().delivery_points if each["type"] == "pod"]
        assert pod == {**point("pod", POINTS["pod"]), "tariff": "night"}

    def test_two_keys_that_look_alike_are_not_one_by_the_way(self, home: Community) -> None:
        text = '{"recportal": 1, "community": {"key": "home"}, "members": {"m": {}, "m\u200b": {}}}'
        for content in (text, text.replace("\u200b", "\\u200b")):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # its faults are looked at
                import_file(content.encode(), "x.json")
            (fault,) = caught.value.faults  # type: ignore[attr-defined]  # a BundleUnreadable
            assert (fault.code, fault.path) == ("duplicate_key", ("members", "m"))


def test_the_admin_form(home: Community) -> None:
    """A sample: forms are slow, and end in the same ``save()``."""
    browser = Browser(User.objects.create_superuser("root"))
    for kind, _name, spelled in Random(7).sample(ALL, 6):
        answer = browser.send(
            page("members.member", "add"), community=str(home.pk), name="x", role="consumer", status="active",
            delivery_points=json.dumps([point(kind, spelled)]),
        )  # fmt: skip
        assert errors_on(answer) == {"delivery_points": ["delivery_point_held"]}, (kind, ascii(spelled))
    holder = home.members.get()
    holder.user_id = "anna"
    holder.save()
    for spell in list(UNSEEN.values())[::4]:
        answer = browser.send(
            page("members.member", "add"), community=str(home.pk), name="x", role="consumer", status="active",
            user_id=spell("anna"),
        )  # fmt: skip
        assert errors_on(answer) == {"user_id": ["user_id_taken"]}


def test_codes_fit_into_their_columns() -> None:
    """One character can become eighteen."""
    member = MemberFactory.create(user_id="\ufdfa" * 256, delivery_points=[point("other", "\ufdfa" * 128)])
    member.extra = {"did": "\ufdfa" * 256}
    member.save()
    assert len(compact("other", "\ufdfa" * 128)) <= 512
    AssetFactory.create(owner=member, sensor_id="\ufdfa" * 128)
    assert Holding.objects.count() == 3
