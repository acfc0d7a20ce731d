"""The command that keeps the figures of all communities."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from recportal.desk.models import CommunityFigures
from tests.desk.conftest import NOTICES_OF_A, Counted


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("count_figures", *arguments, stdout=out)
    return out.getvalue().strip()


def test_it_counts_every_community(counted: Counted) -> None:
    assert run() == "Communities counted: 2."
    assert CommunityFigures.objects.get(community=counted.a).notices == NOTICES_OF_A


def test_it_leaves_those_counted_just_now(counted: Counted) -> None:
    run()
    assert run() == "Communities counted: 0."
    assert run("--all") == "Communities counted: 2."
    CommunityFigures.objects.filter(community=counted.b).update(
        counted_at=timezone.now() - timedelta(hours=2)
    )
    assert run() == "Communities counted: 1."


def test_a_community_goes_with_its_figures(counted: Counted) -> None:
    run()
    counted.b.assets.all().delete()
    counted.b.members.all().delete()
    counted.b.delete()
    assert [each.community_id for each in CommunityFigures.objects.all()] == [counted.a.pk]


def test_what_is_gone_is_counted_no_more(counted: Counted) -> None:
    run()
    counted.carlo.assets.all().delete()
    counted.carlo.delete()
    run("--all")
    notices = CommunityFigures.objects.get(community=counted.a).notices
    assert notices["delivery_point_without_meter"] == 2
    assert "invitation_expired" not in notices


@pytest.mark.parametrize("times", [1, 3])
def test_counting_twice_keeps_one_row(counted: Counted, times: int) -> None:
    for _each in range(times):
        run("--all")
    assert CommunityFigures.objects.count() == 2
