"""The log of a real server, after people have typed, searched and broken things in the admin."""

import json
import re
from typing import Any

import pytest
from django.db import connection

from assets.models import Asset
from communities.models import Community
from members.models import Member
from tests.factories import AssetFactory, CommunityFactory
from tests.installation import HOST, Installation, Server, Visitor

ACCOUNT = "giovanna.bianchi@posta.example"
PASSWORD = "correct horse battery staple"

#: What is typed about a person. None of it, nor a word of it, may be in the log.
TYPED = {
    "key": "socio-rossi",
    "name": "Ermenegilda Rossi-Verdi",
    "user_id": "ermenegilda@accounts.example",
}
POINT = "IT999E55443322"
SENSOR = "sonda-5544-3322"
FISCAL_CODE = "RSSRNG80A41L219X"
REASON = "traslocata da via Garibaldi"
NEEDLES = [
    *("giovanna", "bianchi", "posta.example", "staple", "ermenegilda", "rossi", "verdi"),
    *("accounts.example", POINT, "55443322", SENSOR, "sonda", FISCAL_CODE, "traslocata", "garibaldi"),
]


@pytest.fixture
def community(transactional_db: None) -> Community:
    return CommunityFactory.create(key="alpha", name="Alpha")


def staff(installation: Installation, server: Server) -> Visitor:
    """A superuser made by the documented command, who has signed in by the form."""
    installation.manage(
        "createsuperuser", "--no-input", "--username", ACCOUNT, "--email", ACCOUNT,
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )  # fmt: skip
    visitor = Visitor(server)
    visitor.sign_in(ACCOUNT, PASSWORD)
    return visitor


def found(server: Server) -> list[str]:
    log = server.log.read_text().casefold()
    return [needle for needle in NEEDLES if needle.casefold() in log]


def routes(server: Server) -> list[tuple[str | None, int]]:
    return [
        (line["route"], line["status"]) for line in server.lines() if line["logger"] == "recportal.access"
    ]


def test_nothing_that_is_typed_or_searched_is_logged(
    installation: Installation, community: Community
) -> None:
    add = "/admin/members/member/add/"
    with installation.served() as server:
        visitor = staff(installation, server)
        typed = {
            **TYPED,
            "community": str(community.pk),
            "role": "consumer",
            "status": "active",
            "delivery_points": f'[{{"id": "{POINT}", "type": "pod"}}]',
            "extra": f'{{"fiscal_code": "{FISCAL_CODE}", "email": "ermenegilda@posta.example"}}',
            "reason": REASON,
        }
        assert visitor.send(add, **typed).status_code == 302
        member = Member.objects.get(key=TYPED["key"])
        assert member.delivery_points == [{"id": POINT, "type": "pod"}]
        asset = AssetFactory.create(owner=member, name="Casa Rossi")
        change = f"/admin/assets/asset/{asset.pk}/change/"
        assert visitor.send(change, sensor_id=SENSOR, reason=REASON).status_code == 302
        assert Asset.objects.get(pk=asset.pk).sensor_id == SENSOR
        # Refused: the key is taken, the point is held.
        assert visitor.send(add, **typed).status_code == 200
        for text in (TYPED["name"], TYPED["user_id"], POINT, FISCAL_CODE):
            assert visitor.get("/admin/members/member/", q=text).status_code == 200
        assert visitor.get("/admin/assets/asset/", q=SENSOR).status_code == 200
        assert visitor.get("/admin/members/member/", user_id=TYPED["user_id"]).status_code == 400
        autocomplete = {"app_label": "assets", "model_name": "asset", "field_name": "owner"}
        assert visitor.get("/admin/autocomplete/", **autocomplete, term="Rossi").status_code == 200
        assert visitor.get(f"/admin/members/member/{member.pk}/history/").status_code == 200
        assert visitor.get(f"/members/{POINT}/ermenegilda/").status_code == 404
        assert visitor.get(f"/admin/members/member/{POINT}/change/").status_code == 404
        assert visitor.get("/admin/members/member/", q=f"{POINT}\0").status_code == 400
        assert visitor.get(f"/static/{POINT}.css").status_code == 404
        assert visitor.request("ROSSI", "/admin/").status_code >= 400
        for query in ({"search": "Rossi"}, {"user_id": TYPED["user_id"]}, {"delivery_point": POINT}):
            assert visitor.get("/api/members/", **query).status_code == 200
        assert visitor.get("/api/members/", rossi="1").status_code == 400
        assert visitor.get(f"/api/communities/alpha/members/{TYPED['key']}/").status_code == 200
        token = {"X-CSRFToken": visitor.cookies["csrftoken"], "Referer": f"https://{HOST}/"}
        asked = json.dumps({"delivery_points": [POINT]}).encode()
        headers = {"Content-Type": "application/json", **token}
        assert visitor.request("POST", "/api/members/lookup/", asked, headers).status_code == 200
        assert visitor.request("POST", "/api/members/lookup/", asked[:-5], headers).status_code == 400
        page = f"/admin/assets/asset/{asset.pk}/delete/"
        assert visitor.send(page, post="yes", reason=REASON).status_code == 302
    assert ("admin:members_member_add", 302) in routes(server)
    assert ("admin:members_member_changelist", 200) in routes(server)
    assert found(server) == []


def test_what_a_stranger_sends_is_not_logged(installation: Installation, community: Community) -> None:
    with installation.served() as server:
        visitor = Visitor(server)
        with pytest.raises(AssertionError):
            visitor.sign_in(ACCOUNT, "staple")
        assert Visitor(server, host="ermenegilda.example").get("/admin/").status_code == 400
        assert visitor.post("/admin/members/member/add/", TYPED).status_code in (302, 403)
        headers = {"Referer": f"https://posta.example/{POINT}", "X-Request-ID": POINT, "User-Agent": POINT}
        assert visitor.request("POST", "/admin/", b"", headers).status_code == 403
        unreadable = {"Content-Type": f"text/plain; charset={POINT}"}
        assert visitor.request("POST", f"/{POINT}", b"", unreadable).status_code == 400
        # Lines that are no HTTP, which servers like to quote.
        assert visitor.request("GET", "/", headers={"Sonda Rossi": SENSOR}).status_code == 400
        assert visitor.request("gET/Rossi", "/").status_code == 400
    assert ("admin:index", 403) in routes(server)
    assert found(server) == []


def refuse_some() -> None:
    """Let the database refuse the row with an error that quotes it, as a broken constraint does."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER refuse_some BEFORE INSERT ON members_member WHEN NEW.name LIKE '%Rossi%' "
                f"BEGIN SELECT RAISE(ABORT, 'Ermenegilda Rossi {POINT}'); END"
            )
        else:
            cursor.execute(
                "ALTER TABLE members_member ADD CONSTRAINT refuse_some CHECK (name NOT LIKE '%%Rossi%%')"
            )


def allow_all() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER refuse_some")
        else:
            cursor.execute("ALTER TABLE members_member DROP CONSTRAINT refuse_some")


def test_a_crash_is_logged_without_the_row_it_was_about(
    installation: Installation, community: Community, request: pytest.FixtureRequest
) -> None:
    refuse_some()
    request.addfinalizer(allow_all)
    with installation.served() as server:
        visitor = staff(installation, server)
        typed = {**TYPED, "community": str(community.pk), "role": "consumer", "status": "active"}
        answer = visitor.send("/admin/members/member/add/", **typed)
        assert answer.status_code == 500
        assert "rossi" not in answer.text.casefold()
    crash: dict[str, Any] = next(line for line in server.lines() if line["level"] == "error")
    assert crash["route"] == "admin:members_member_add"
    assert crash["request"] == answer.headers["X-Request-ID"]
    types = [each["type"] for each in crash["exception"]]
    assert "django.db.utils.IntegrityError" in types
    driver = crash["exception"][types.index("django.db.utils.IntegrityError") + 1]
    if connection.vendor == "sqlite":
        assert driver["sqlite"] == "SQLITE_CONSTRAINT_TRIGGER"
    else:
        assert (driver["sqlstate"], driver["constraint"]) == ("23514", "refuse_some")
    assert any(
        re.match(r"recportal/records/models\.py:\d+ save", place) for place in crash["exception"][0]["places"]
    )
    assert found(server) == []
