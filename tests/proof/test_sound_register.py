"""A large community about whose records nothing looks wrong: what looks for notices finds none to stop at,
and asks the clock all the same. All its pages come in time.

With ``RECPORTAL_SOAK=1`` it has 100,000 members and 200,000 assets; else a tenth.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Member
from recportal.accounts.models import User
from recportal.desk import judging, notices_page
from recportal.desk.models import CommunityFigures
from tests.bench.sound import fill_sound
from tests.soak import IS_SOAK, soak

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

MEMBERS: Final = soak(100_000, 10_000)
#: CPU-seconds of one page. A quiet machine needs less than half of it.
MOST_SECONDS: Final = 3.0

NOTICES: Final = "/admin/notices/"


@pytest.fixture(params=[1, 41], ids=["one community", "41 communities"])
def communities(request: pytest.FixtureRequest) -> int:
    fill_sound(MEMBERS, request.param)
    return int(request.param)


@pytest.fixture
def client(communities: int) -> Client:
    """Of a viewer of all of them."""
    user = User.objects.create_user("viewer")
    StaffRole.objects.bulk_create(
        StaffRole(user=user, community=community, level="manager")
        for community in Community.objects.defer("areas", "topology")
    )
    client = Client()
    client.force_login(user)
    return client


def measured(ask: Callable[..., Any], url: str, status: int = 200) -> tuple[Any, float]:
    """The answer, and the CPU-seconds that it cost: on a machine with other work the clock says nothing."""
    began = time.process_time()
    answer = ask(url)
    assert answer.status_code == status, (url, answer.status_code)
    return answer, time.process_time() - began


def test_every_page_comes_in_time(client: Client, communities: int, figure: Callable[..., None]) -> None:
    slow = {}
    for url in pages():
        measured(client.get, url)
        began = time.monotonic()
        _answer, seconds = measured(client.get, url)
        took = time.monotonic() - began
        slowest = f"{connection.vendor}, {communities}: ms of the slowest page"
        figure(slowest + " (CPU)", round(seconds * 1000), most=True)
        figure(slowest, round(took * 1000), most=True)
        if IS_SOAK:
            figure(f"{connection.vendor}, {communities}: ms of {url}", round(took * 1000), most=True)
        if seconds > MOST_SECONDS:
            slow[url] = seconds
    assert not slow


@pytest.mark.parametrize("communities", [1], indirect=True)
def test_looking_for_notices_ends_in_time_and_goes_on_from_there(
    client: Client, figure: Callable[..., None]
) -> None:
    url, pages, costs = NOTICES, 0, []
    while url:
        answer, seconds = measured(client.get, url)
        walked = answer.context["walked"]
        assert answer.context["rows"] == []
        costs.append(seconds)
        pages += 1
        url = "" if walked["is_whole"] else walked["go_on"]
    assert (walked["members"], walked["assets"]) == (MEMBERS, 2 * MEMBERS)
    figure(f"{connection.vendor}: pages until all is looked at", pages)
    figure(f"{connection.vendor}: most CPU ms of one of them", round(max(costs) * 1000), most=True)
    assert max(costs) < MOST_SECONDS


@pytest.mark.parametrize("communities", [1], indirect=True)
def test_without_any_time_one_batch_is_looked_at(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices_page, "_PATIENCE", 0)
    url, looked = NOTICES, [0]
    for _page in range(5):
        walked = client.get(url).context["walked"]
        looked.append(walked["members"])
        url = walked["go_on"]
    assert looked == [0, 0, *(judging.STAGES["members"].size * step for step in (1, 2, 3, 4))]


@pytest.mark.parametrize("communities", [1], indirect=True)
def test_counting_again_ends_in_time_and_goes_on_from_there(
    client: Client, figure: Callable[..., None]
) -> None:
    presses, costs = 0, []
    while not CommunityFigures.objects.filter(counted_at__isnull=False).exists():
        _answer, seconds = measured(client.post, f"{NOTICES}count/", 302)
        presses += 1
        costs.append(seconds)
        assert presses < 500
    figure(f"{connection.vendor}: presses until a community is counted", presses)
    figure(f"{connection.vendor}: most CPU ms of a press", round(max(costs) * 1000), most=True)
    assert max(costs) < MOST_SECONDS
    assert CommunityFigures.objects.get().notices == {}
    dashboard = client.get("/admin/").context["dashboard"]
    assert (dashboard["members"], dashboard["notices"]) == (MEMBERS, 0)


def test_what_is_not_known_is_a_dash(client: Client, communities: int) -> None:
    """Members, assets and sizes are counted at once; notices of so many records are not."""
    dashboard = client.get("/admin/").context["dashboard"]
    each = MEMBERS // communities
    assert (dashboard["members"], dashboard["assets"]) == (each * communities, 2 * each * communities)
    assert dashboard["notices"] is dashboard["unmetered"] is None
    assert all(place.kwp for place in dashboard["places"] if place.members)


def pages() -> list[str]:
    """The pages of a community and of the lists that have to do with how many records there are."""
    community = Community.objects.order_by("-pk").values_list("pk", flat=True)[0]
    member = Member.objects.filter(community=community).order_by("-pk")[0]
    asset = Asset.objects.filter(community=community).order_by("-pk")[0]
    lists = ("members_member", "assets_asset")
    found = [reverse("admin:index"), NOTICES, f"{NOTICES}?community={community}"]
    found += [
        reverse(f"admin:communities_community_{name}", args=[community])
        for name in ("dashboard", "change", "history", "map", "grid", "areas")
    ]
    found += [reverse("admin:communities_community_area_rename", args=[community, "north"])]
    for model in lists:
        url = reverse(f"admin:{model}_changelist")
        queries = ("", "?p=3", f"?community={community}", "?q=moretti", "?q=nobodyhasthis", "?o=2", "?all=")
        found += [url + query for query in queries]
        found.append(reverse(f"admin:{model}_add") + f"?community={community}")
    found.append(reverse("admin:members_member_changelist") + "?status=pending")
    found.append(reverse("admin:assets_asset_changelist") + "?asset_type=storage")
    for name in ("change", "history", "access", "holdings", "delete", "status", "purge"):
        found.append(reverse(f"admin:members_member_{name}", args=[member.pk]))
    for name in ("change", "history", "delete"):
        found.append(reverse(f"admin:assets_asset_{name}", args=[asset.pk]))
    for name in (
        "communities_community",
        "communities_staffrole",
        "communities_apitoken",
        "members_correction",
    ):
        found.append(reverse(f"admin:{name}_changelist"))
    found += [reverse("admin:search") + query for query in ("?q=moretti", "?q=nobodyhasthis", "?q=m-0001")]
    owners = "?app_label=assets&model_name=asset&field_name=owner&term="
    found += [reverse("admin:autocomplete") + owners + term for term in ("", "moretti", "nobodyhasthis")]
    return found
