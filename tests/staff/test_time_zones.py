"""Moments are shown in the zone of the community that a page is about, and the page says which."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assets.models import Asset
from communities.models import ApiToken, Community
from members.models import Correction, Invitation, Member
from recportal.accounts.models import User
from recportal.bundles.models import Upload
from recportal.bundles.uploads import take
from tests.staff.browsing import Browser, text_of
from tests.staff.conftest import register, superuser  # noqa: F401  # fixtures

#: Half past eleven in the evening of 30 June in UTC: already July in Rome, noon of July in Auckland.
LATE = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
IN_UTC, IN_ROME, IN_AUCKLAND = "30 Jun 2026, 23:30", "1 Jul 2026, 01:30", "1 Jul 2026, 11:30"


@pytest.fixture
def places(community_a: Community, community_b: Community) -> tuple[Community, Community]:
    """A in Rome, B in Auckland, all of whose moments are the same."""
    for community, zone in ((community_a, "Europe/Rome"), (community_b, "Pacific/Auckland")):
        community.settings = {**community.settings, "timezone": zone}
        community.save()
        member = Member.objects.create(community=community, key="m-1", name="Anna", role="prosumer")
        asset = Asset.objects.create(owner=member, key="pv-1", name="Roof", asset_type="pv")
        for record in (community, member, asset):
            record.history.update(history_date=LATE)
            type(record).objects.filter(pk=record.pk).update(created_at=LATE, updated_at=LATE)
        Correction.objects.create(member=member, message="No.", made_at=LATE)
        Invitation.objects.create(member=member, digest=community.key, made_at=LATE, expires_at=LATE)
    return community_a, community_b


def addresses(community: Community, user: User) -> dict[str, str]:
    """Every page on which a moment of the community stands."""
    member, asset = community.members.get(key="m-1"), community.assets.get(key="pv-1")
    token = ApiToken.issue(user, "tool", community=community, expires_at=LATE)[0]
    ApiToken.objects.filter(pk=token.pk).update(created_at=LATE, last_used_at=LATE)
    members, records = "/admin/members", "/admin/communities"
    return {
        "history of a member": f"{members}/member/{member.pk}/history/",
        "history of an asset": f"/admin/assets/asset/{asset.pk}/history/",
        "history of a community": f"{records}/community/{community.pk}/history/",
        "access": f"{members}/member/{member.pk}/access/",
        "correction": f"{members}/correction/{member.corrections.get().pk}/change/",
        "corrections": f"{members}/correction/?community={community.pk}",
        "token": f"{records}/apitoken/{token.pk}/change/",
        "dashboard": f"{records}/community/{community.pk}/dashboard/",
    }


def test_each_page_is_in_the_zone_of_its_community(
    superuser: User,  # noqa: F811
    places: tuple[Community, Community],
) -> None:
    browser = Browser(superuser)
    for community, wanted, name in zip(
        places, (IN_ROME, IN_AUCKLAND), ("Europe/Rome", "Pacific/Auckland"), strict=True
    ):
        for title, url in addresses(community, superuser).items():
            text = text_of(browser.get(url))
            assert wanted in text, title
            assert f"Times on this page are those of {name}." in text, title
            assert IN_UTC not in text, title


def test_across_zones_it_is_utc_and_says_so(
    superuser: User,  # noqa: F811
    places: tuple[Community, Community],
) -> None:
    browser = Browser(superuser)
    for url in ("/admin/", "/admin/members/correction/"):
        text = text_of(browser.get(url))
        assert IN_UTC in text
        assert "Times on this page are UTC: its communities are in different time zones." in text
    browser.post("/admin/switch/", {"community": "beta"})
    assert IN_AUCKLAND in text_of(browser.get("/admin/members/correction/"))


def test_across_communities_of_one_zone_it_is_theirs(
    superuser: User,  # noqa: F811
    places: tuple[Community, Community],
) -> None:
    Community.objects.update(settings={"timezone": "Europe/Rome"})
    text = text_of(Browser(superuser).get("/admin/members/correction/"))
    assert IN_ROME in text
    assert "Times on this page are those of Europe/Rome." in text


def test_it_is_the_zone_of_what_one_may_see(manager_a: User, places: tuple[Community, Community]) -> None:
    _own, other = places
    browser = Browser(manager_a)
    assert IN_ROME in text_of(browser.get("/admin/members/correction/"))
    assert "Auckland" not in text_of(browser.get("/admin/members/correction/", community=str(other.pk)))
    text = text_of(browser.get("/admin/"))
    assert IN_ROME in text
    assert "Auckland" not in text


def test_days_of_filters_are_days_of_the_community(
    manager_a: User, manager_b: User, places: tuple[Community, Community]
) -> None:
    for user, day, count in (
        (manager_a, "2026-07-01", 1),
        (manager_a, "2026-06-30", 0),
        (manager_b, "2026-07-01", 1),
    ):
        answer = Browser(user).get("/admin/members/member/", updated_from=day, updated_to=day)
        assert answer.context["cl"].result_count == count, (user, day)


def test_it_is_looked_up_once(manager_a: User, places: tuple[Community, Community]) -> None:
    browser = Browser(manager_a)
    with CaptureQueriesContext(connection) as queries:
        browser.get("/admin/members/correction/")
    assert sum("timezone" in query["sql"] for query in queries) == 1


def test_what_one_types_is_of_the_zone_that_the_page_names(
    manager_a: User, places: tuple[Community, Community]
) -> None:
    browser = Browser(manager_a)
    token = ApiToken.issue(manager_a, "tool", community=places[0])[0]
    url = f"/admin/communities/apitoken/{token.pk}/change/"
    assert "Europe/Rome" in text_of(browser.get("/admin/communities/apitoken/add/"))
    fields = {
        "name": "tool",
        "community": places[0].pk,
        "expires_at_0": "2027-07-01",
        "expires_at_1": "01:30",
    }
    browser.post("/admin/communities/apitoken/add/", fields)
    made = ApiToken.objects.exclude(pk=token.pk).get()
    assert made.expires_at == datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    assert browser.get(url).status_code == 200


def test_a_zone_is_left_behind_with_its_request(manager_a: User, places: tuple[Community, Community]) -> None:
    Browser(manager_a).get("/admin/members/correction/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_an_upload_is_shown_in_the_zone_of_those_who_see_it(
    manager_a: User, places: tuple[Community, Community]
) -> None:
    take(
        manager_a,
        "alpha.json",
        b'{"recportal": 1, "community": {"key": "alpha", "name": "A"}}',
        "",
        replace=False,
    )
    Upload.objects.update(made_at=LATE)
    assert IN_ROME in text_of(Browser(manager_a).get("/admin/import/"))


@pytest.mark.parametrize("zone", [None, "Nowhere/At-all", 5, "UTC"])
def test_a_community_without_a_zone_is_in_utc(
    manager_a: User, places: tuple[Community, Community], zone: object
) -> None:
    Community.objects.filter(pk=places[0].pk).update(settings={"timezone": zone} if zone else {})
    assert IN_UTC in text_of(Browser(manager_a).get("/admin/members/correction/"))


def test_days_and_moments_in_documents_are_written_as_people_do(
    manager_a: User, places: tuple[Community, Community]
) -> None:
    member = Member.objects.get(community=places[0])
    member.extra = {"joined_on": "2026-06-30", "read_at": "2026-06-30T23:30:00Z", "code": "2026-06-31"}
    member.save()
    text = text_of(Browser(manager_a).get(f"/admin/members/member/{member.pk}/history/"))
    assert "30 Jun 2026<" in text
    assert IN_ROME in text
    assert "2026-06-31" in text
    assert "2026-06-30T" not in text
