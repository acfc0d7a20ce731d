"""What a fresh recportal shows, and who may sign in to see it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.bundles.test_generate_demo import notices, run

pytestmark = pytest.mark.django_db

KEY = "cer-val-lumarna"
PASSWORD = "recportal-demo"


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    settings.DEBUG = True


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def test_it_works() -> None:
    said = load()
    community = Community.objects.get()
    assert community.key == KEY
    assert (community.members.count(), Asset.objects.count()) == (47, 136)
    for username in ("admin", "manager", "viewer", "member", "stranger"):
        user = User.objects.get(username=username)
        assert user.is_demo
        assert user.check_password(PASSWORD)
        assert f"\n  {username} " in said
    assert PASSWORD in said


def test_the_accounts_have_the_roles_that_they_are_named_for() -> None:
    load()
    community = Community.objects.get()
    levels = {user.username: user.reach.level_in(community.pk) for user in User.objects.all()}
    assert levels == {
        "admin": Level.MANAGER,
        "manager": Level.MANAGER,
        "viewer": Level.VIEWER,
        "member": None,
        "stranger": None,
    }
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]
    assert not User.objects.get(username="stranger").is_staff
    assert not User.objects.get(username="member").is_staff
    assert User.objects.get(username="member").memberships.get().status == "active"


def test_a_second_time_keeps_all_edits_and_says_how_to_sign_in() -> None:
    load()
    member = Member.objects.get(key="m-007")
    member.name = "Somebody else"
    member.save()
    Asset.objects.get(key="pv-007").delete()
    User.objects.get(username="viewer").delete()
    said = load()
    assert Member.objects.get(key="m-007").name == "Somebody else"
    assert Asset.objects.count() == 135
    assert User.objects.count() == 4
    assert "\n  manager " in said
    assert "viewer" not in said


def test_a_changed_password_is_not_printed_as_the_old_one() -> None:
    load()
    admin = User.objects.get(username="admin")
    admin.set_password("my own secret")
    admin.save()
    assert "\n  admin " not in load()


def test_a_registry_that_is_in_use_is_left_alone() -> None:
    """`make run` on a copy of real data must not let everybody in."""
    run("--members", 3)
    said = load()
    assert list(Community.objects.values_list("key", flat=True)) == ["demo-1-001"]
    assert not User.objects.exists()
    assert "no demo accounts" in said


def test_who_has_an_account_gets_no_others() -> None:
    User.objects.create_superuser("founder", "", "my own secret")
    load()
    assert Community.objects.exists()
    assert [user.username for user in User.objects.all()] == ["founder"]


@pytest.mark.parametrize("command", ["load_demo", "generate_demo"])
@pytest.mark.parametrize("arguments", [(), ("--into-production",), ("--yes",)])
def test_production_is_refused_unless_asked_twice(
    command: str, arguments: tuple[str, ...], settings: Settings
) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command(command, *arguments, stdout=StringIO())
    assert not Community.objects.exists()
    assert not User.objects.exists()


def test_files_of_fictional_communities_are_written_anywhere(settings: Settings, tmp_path: Path) -> None:
    settings.DEBUG = False
    call_command("generate_demo", "--members", "3", "--output", str(tmp_path), stdout=StringIO())
    assert len(list(tmp_path.iterdir())) == 1
    assert not Community.objects.exists()


def test_production_gets_no_accounts(settings: Settings) -> None:
    settings.DEBUG = False
    said = load("--into-production", "--yes")
    assert Community.objects.exists()
    assert not User.objects.exists()
    assert PASSWORD not in said


def test_the_demo_carries_notices_on_purpose_and_no_others() -> None:
    """Those that the first lines of demo.yaml list."""
    load()
    assert sorted(notices()) == [
        ("heat-pump-039", "unusual_value", "properties.cop"),
        ("m-004", "delivery_point_doubtful", "delivery_points[1].id"),
        ("m-004", "delivery_point_without_meter", "delivery_points[1]"),
        ("m-026", "delivery_point_without_meter", "delivery_points[0]"),
        ("m-041", "no_generator", "role"),
        ("m-042", "delivery_point_without_meter", "delivery_points[1]"),
        ("meter-026", "unknown_delivery_point", "properties.pod"),
        ("meter-028", "unknown_asset", "relationships.measures[2]"),
        ("pv-029", "date_in_future", "properties.installation_date"),
        ("pv-042-1", "unusual_value", "properties.tilt"),
        ("pv-044", "zero_capacity", "properties.capacity_kwp"),
        ("storage-045", "unusual_word", "properties.chemistry"),
    ]


def test_generated_communities_fit_beside_the_demo() -> None:
    load()
    run("--communities", 2, "--members", 40, "--seed", 7)
    assert Community.objects.count() == 3
