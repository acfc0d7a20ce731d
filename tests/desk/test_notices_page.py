"""The page of everything that looks wrong: by kind, each linked to its record, and nothing of others."""

import ast
import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from communities.models import Community, StaffRole
from recportal.accounts.models import User
from recportal.desk import judging, notices_page, scopes
from recportal.desk.kinds import KINDS, OUTDATED, kind_of
from recportal.desk.models import CommunityFigures
from recportal.desk.stored import count_again, count_for
from tests.desk.conftest import NOTICES_OF_A, Counted
from tests.staff.browsing import Browser, text_of

NOTICES = "/admin/notices/"
COUNT = "/admin/notices/count/"


def counts(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200
    titles = {str(kind.title): name for name, kind in KINDS.items()}
    return {titles[str(each["title"])]: each["count"] for each in answer.context["kinds"]}


def records(answer: Any) -> list[tuple[str, str]]:
    return [(found.record.key, found.kind) for found, *_rest in answer.context["rows"]]


@pytest.fixture
def kept(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """As for those who look at many records, whose figures are kept; one community is never too large."""
    monkeypatch.setattr(scopes, "MOST_COMMUNITIES_LIVE", 0)
    list(count_again(Community.objects.all()))
    return counted


def test_it_lists_what_looks_wrong_by_kind(manager_a: User, counted: Counted) -> None:
    answer = Browser(manager_a).get(NOTICES)
    assert counts(answer) == NOTICES_OF_A
    assert set(records(answer)) == {
        ("m-1", "delivery_point_without_meter"),
        ("m-2", "delivery_point_without_meter"),
        ("m-3", "delivery_point_without_meter"),
        ("meter-2", "unknown_delivery_point"),
        ("m-3", "invitation_expired"),
        ("pv-3", "no_capacity"),
        ("load-1", "zero_capacity"),
    }
    assert f'href="/admin/members/member/{counted.anna.pk}/change/"' in text_of(answer)


def test_one_kind_is_explained_and_listed_alone(manager_a: User, counted: Counted) -> None:
    answer = Browser(manager_a).get(NOTICES, kind="no_capacity")
    assert records(answer) == [("pv-3", "no_capacity")]
    assert str(KINDS["no_capacity"].explanation) in text_of(answer)
    assert counts(answer) == NOTICES_OF_A


def test_pages_hold_fifty(manager_a: User, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices_page, "_PER_PAGE", 3)
    browser = Browser(manager_a)
    pages = [records(browser.get(NOTICES, page=number)) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert "?page=2" in text_of(browser.get(NOTICES))


@pytest.mark.parametrize("kind", ["x", "", "beta", "\x01", "x" * 5000])
@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 40])
def test_an_address_that_means_nothing_shows_everything(
    manager_a: User, counted: Counted, kind: str, page: str
) -> None:
    answer = Browser(manager_a).get(NOTICES, kind=kind, page=page, unknown="1")
    assert counts(answer) == NOTICES_OF_A


@pytest.mark.parametrize("community", ["{b}", "0", "-1", "x", "9" * 40, "1.0"])
def test_another_community_is_not_found(manager_a: User, counted: Counted, community: str) -> None:
    asked = community.format(b=counted.b.pk)
    browser = Browser(manager_a)
    assert browser.get(NOTICES, community=asked).status_code == 404
    assert browser.post(COUNT, {"community": asked}).status_code == 404
    assert not CommunityFigures.objects.exists()


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a"])
def test_nothing_of_another_community_is_shown(
    caller: str, request: pytest.FixtureRequest, counted: Counted
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for url in (NOTICES, f"{NOTICES}?community={counted.a.pk}", f"{NOTICES}?kind=unusual_value"):
        answer = browser.get(url)
        assert answer.status_code == 200
        assert "beta" not in text_of(answer).lower()
        assert counts(answer).get("unusual_value", 0) == 0


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_behind_the_door_of_the_admin(
    caller: str, request: pytest.FixtureRequest, counted: Counted
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert browser.get(NOTICES).status_code == 302
    assert browser.post(COUNT, {}).status_code == 302
    assert not CommunityFigures.objects.exists()


def test_over_many_records_it_counts_by_community(superuser: User, kept: Counted) -> None:
    browser = Browser(superuser)
    answer = browser.get(NOTICES)
    assert answer.context["stored"] is not None
    assert counts(answer)["delivery_point_without_meter"] == 4
    assert [(name, number) for name, number, _url in answer.context["communities"]] == [
        ("Alpha", 7),
        ("Beta", 4),
    ]
    answer = browser.get(NOTICES, kind="no_capacity")
    assert [(name, number) for name, number, _url in answer.context["communities"]] == [("Alpha", 1)]
    assert f"community={kept.a.pk}&amp;kind=no_capacity" in text_of(answer)


def test_a_very_large_community_shows_the_first_records(superuser: User, kept: Counted) -> None:
    browser = Browser(superuser)
    answer = browser.get(NOTICES, community=kept.a.pk, kind="delivery_point_without_meter")
    assert {key for key, _kind in records(answer)} == {"m-1", "m-2", "m-3"}
    assert "Looked at so far: 5 of 5 members, 9 of 9 assets." in text_of(answer)
    assert "Go on from there" not in text_of(answer)
    assert counts(answer) == NOTICES_OF_A


def test_kept_figures_of_others_stay_theirs(manager_a: User, kept: Counted) -> None:
    answer = Browser(manager_a).get(NOTICES)
    assert counts(answer) == NOTICES_OF_A
    assert [name for name, _number, _url in answer.context["communities"]] == ["Alpha"]
    assert "beta" not in text_of(answer).lower()


def test_counting_again_keeps_the_figures_of_the_own_communities(
    viewer_a: User, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "MOST_LIVE", 1)
    browser = Browser(viewer_a)
    assert "have not been counted yet" in text_of(browser.get(NOTICES))
    assert browser.post(COUNT, {}).status_code == 302
    assert [each.community_id for each in CommunityFigures.objects.all()] == [counted.a.pk]
    answer = browser.get(NOTICES)
    assert counts(answer) == NOTICES_OF_A
    assert "1 community was counted" in text_of(answer)
    assert browser.get(COUNT).status_code == 405


def test_a_very_large_community_is_gone_through_by_pages(
    viewer_a: User, kept: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From place to place everything is shown once, however little fits on a page or into a batch."""
    browser = Browser(viewer_a)
    whole = records(browser.get(NOTICES))
    for per_page, batch in ((1, 500), (3, 2), (50, 1)):
        monkeypatch.setattr(notices_page, "_PER_PAGE", per_page)
        for stage in ("members", "assets"):
            smaller = dataclasses.replace(judging.STAGES[stage], size=batch)
            monkeypatch.setitem(judging.STAGES, stage, smaller)
        found, url, steps = [], NOTICES, 0
        while url:
            answer = browser.get(url)
            found += records(answer)
            walked, steps = answer.context["walked"], steps + 1
            url = "" if walked["is_whole"] else walked["go_on"]
            assert ("Go on from there" in text_of(answer)) == bool(url)
        assert found == whole
        assert steps > 2 or per_page == 50


def test_without_time_it_says_how_far_it_came(
    viewer_a: User, kept: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is found: the clock is asked after each batch."""
    monkeypatch.setattr(notices_page, "_PATIENCE", -1)
    browser = Browser(viewer_a)
    answer = browser.get(NOTICES, kind="outdated", after=f"communities-{kept.a.pk}")
    assert records(answer) == []
    assert "Looked at so far: 5 of 5 members, 0 of 9 assets." in text_of(answer)
    assert "Nothing looks wrong among the records that were looked at." in text_of(answer)
    answer = browser.get(answer.context["walked"]["go_on"])
    assert "Looked at so far: 5 of 5 members, 9 of 9 assets." in text_of(answer)


@pytest.mark.parametrize("after", ["", "x", "members", "members-", "members-0", "x-1", "assets-" + "9" * 30])
def test_a_place_that_means_nothing_is_the_beginning(viewer_a: User, kept: Counted, after: str) -> None:
    answer = Browser(viewer_a).get(NOTICES, after=after)
    assert len(records(answer)) == sum(NOTICES_OF_A.values())


def test_those_never_counted_come_first_then_the_oldest(manager_a: User, counted: Counted) -> None:
    StaffRole.objects.create(user=manager_a, community=counted.b, level="viewer")
    browser = Browser(manager_a)
    for community in (counted.a, counted.b):
        assert browser.post(COUNT, {"community": community.pk}).status_code == 302
    by_age = CommunityFigures.objects.order_by("counted_at").values_list("community", flat=True)
    assert list(by_age) == [counted.a.pk, counted.b.pk]
    count_for(Community.objects.order_by(), -1)
    assert CommunityFigures.objects.get(pk=counted.a.pk).unfinished
    assert not CommunityFigures.objects.get(pk=counted.b.pk).unfinished


def test_a_count_goes_on_where_it_had_to_stop(
    manager_a: User, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices_page, "_PATIENCE_TO_COUNT", -1)
    monkeypatch.setattr(scopes, "MOST_LIVE", 1)
    browser = Browser(manager_a)
    said = []
    for _press in range(9):
        browser.post(COUNT, {})
        kept = CommunityFigures.objects.get()
        answer = browser.get("/admin/notices/")
        said.append(text_of(answer))
        if kept.counted_at:
            break
        assert answer.context["stored"].total is None
    assert "Of Alpha, 5 of 14 records have been looked at so far." in "".join(said)
    assert len(said) == 5  # the community, its members, its assets, its invitations, and that these were all
    assert kept.notices == NOTICES_OF_A
    assert kept.unfinished is None


def test_a_count_that_was_left_long_ago_begins_anew(manager_a: User, counted: Counted) -> None:
    count_for(Community.objects.filter(pk=counted.a.pk), -1)
    kept = CommunityFigures.objects.get()
    assert kept.unfinished
    assert kept.unfinished["at"].startswith("communities-")
    since = timezone.now() - timedelta(hours=2)
    CommunityFigures.objects.update(
        unfinished={"since": since.isoformat(), "at": "invitations-1", "notices": {"no_area": 7}}
    )
    count_for(Community.objects.filter(pk=counted.a.pk), 60)
    assert CommunityFigures.objects.get().notices == NOTICES_OF_A


def test_every_code_has_a_title() -> None:
    root = Path(__file__).parent.parent.parent
    codes = {"vat_doubtful", "fiscal_code_doubtful"}  # which one function looks for
    for app in ("communities", "members", "assets", "recportal/records"):
        tree = ast.parse((root / app / "notices.py").read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "notice":
                codes |= {str(code.value) for code in call.args[:1] if isinstance(code, ast.Constant)}
    assert len(codes) > 15
    assert {code for code in codes if kind_of(code) == OUTDATED} == set()
