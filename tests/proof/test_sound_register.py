"""A large community about whose records nothing looks wrong: what looks for notices finds none to stop at, and
asks the clock all the same. All its pages come in time.

With ``RECPORTAL_SOAK=1`` it has 100,000 members and 200,000 assets; else a tenth.
"""

import os
import time
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Member
from recportal.accounts.models import User
from recportal.desk.judging import judge
from recportal.desk.scopes import Scope
from tests.bench.sound import fill_sound

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

IS_SOAK: Final = os.environ.get("RECPORTAL_SOAK") == "1"
MEMBERS: Final = 100_000 if IS_SOAK else 10_000
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


def measured(client: Client, url: str) -> tuple[Any, float]:
    began = time.process_time()
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer, time.process_time() - began


def test_nothing_looks_wrong_in_it(communities: int) -> None:
    """Else what follows would not show what happens when nothing is found."""
    everything = Scope(
        Community.objects.order_by(), Member.objects.order_by(), Asset.objects.order_by(), is_everything=True
    )
    wrong = [(found.kind, str(found.record), str(found.message)) for found in islice(judge(everything), 5)]
    assert wrong == []


def test_every_page_comes_in_time(
    client: Client, communities: int, monkeypatch: pytest.MonkeyPatch, figure: Callable[..., None]
) -> None:
    slow = {}
    for url in pages():
        measured(client, url)
        _answer, seconds = measured(client, url)
        figure(f"{connection.vendor} {communities} {url}", round(seconds * 1000), most=True)
        if seconds > MOST_SECONDS:
            slow[url] = seconds
    assert not slow


def pages() -> list[str]:
    """The pages of a community and of the lists that have to do with how many records there are."""
    community = Community.objects.order_by("-pk").values_list("pk", flat=True)[0]
    member = Member.objects.filter(community=community).order_by("-pk")[0]
    asset = Asset.objects.filter(community=community).order_by("-pk")[0]
    lists = ("members_member", "assets_asset")
    found = [reverse("admin:index"), NOTICES, f"{NOTICES}?community={community}"]
    for name in ("dashboard", "change", "history", "map", "grid", "areas"):
        found.append(reverse(f"admin:communities_community_{name}", args=[community]))
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
    for name in ("communities_community", "communities_staffrole", "communities_apitoken", "members_correction"):
        found.append(reverse(f"admin:{name}_changelist"))
    found += [reverse("admin:search") + query for query in ("?q=moretti", "?q=nobodyhasthis", "?q=m-0001")]
    owners = "?app_label=assets&model_name=asset&field_name=owner&term="
    found += [reverse("admin:autocomplete") + owners + term for term in ("", "moretti", "nobodyhasthis")]
    return found
