"""The command that makes communities: into the registry, or into files."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assets.models import Asset
from assets.notices import asset_notices
from assets.notices import background_of as background_of_assets
from communities.models import Community
from communities.notices import community_notices
from members.models import Holding, Member
from members.notices import background_of as background_of_members
from members.notices import member_notices
from recportal.bundles.bundle import read_bundle
from recportal.bundles.demo import generate


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("generate_demo", "--into-production", "--yes", *map(str, arguments), stdout=out)
    return out.getvalue()


def notices() -> Iterator[tuple[str, str, str]]:
    """Every notice there is: record, code, path."""
    members, assets = list(Member.objects.all()), list(Asset.objects.all())
    of_members, of_assets = background_of_members(members), background_of_assets(assets)
    for community in Community.objects.all():
        yield from ((community.key, notice.code, notice.path) for notice in community_notices(community))
    for member in members:
        yield from ((member.key, notice.code, notice.path) for notice in member_notices(member, of_members))
    for asset in assets:
        yield from ((asset.key, notice.code, notice.path) for notice in asset_notices(asset, of_assets))


@pytest.mark.django_db
def test_it_works() -> None:
    said = run("--communities", 2, "--members", 30, "--seed", 7)
    assert said == "Imported: communities 2, members 60, assets 120.\n"
    assert list(Community.objects.values_list("key", flat=True)) == ["demo-7-001", "demo-7-002"]
    assert (Member.objects.count(), Asset.objects.count()) == (60, 120)
    points = sum(
        len(member["delivery_points"])
        for bundle in generate(2, 30, 7)
        for member in bundle["members"].values()
        if member["status"] in ("active", "suspended")
    )
    assert Holding.objects.filter(kind=Holding.Kind.DELIVERY_POINT, until=None).count() == points


@pytest.mark.django_db
def test_the_history_says_where_the_records_come_from() -> None:
    run("--members", 5, "--seed", 7)
    assert {entry.history_change_reason for entry in Member.history.all()} == {"generate_demo --seed 7"}


@pytest.mark.django_db
def test_nothing_made_up_carries_a_notice() -> None:
    run("--communities", 2, "--members", 250, "--seed", 7)
    assert list(notices()) == []


@pytest.mark.django_db
def test_the_same_seed_again_changes_nothing() -> None:
    run("--members", 20, "--seed", 7)
    run("--members", 20, "--seed", 7)
    assert set(Member.objects.values_list("version", flat=True)) == {1}
    assert set(Asset.objects.values_list("version", flat=True)) == {1}


@pytest.mark.django_db
def test_it_refuses_what_others_hold() -> None:
    run("--members", 5, "--seed", 7)
    Member.objects.filter(key="m-00001").update(key="m-99999")
    with pytest.raises(CommandError, match="Refused") as refusal:
        run("--members", 5, "--seed", 7)
    assert "member m-00001: " in str(refusal.value)
    assert Member.objects.count() == 5


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_it_writes_a_file_for_each_community(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "new" / "folder"
    said = run("--communities", 2, "--members", 12, "--seed", 7, "--output", folder, "--format", form)
    assert said == f"Wrote {folder}: communities 2, members 24, assets 48.\n"
    assert sorted(path.name for path in folder.iterdir()) == [f"demo-7-001.{form}", f"demo-7-002.{form}"]
    for made in generate(2, 12, 7):
        name = f"{made['community']['key']}.{form}"
        bundle = read_bundle((folder / name).read_bytes(), name)
        assert bundle.faults == []
        assert bundle.community == made["community"]
        assert bundle.members == made["members"]
        assert bundle.assets.keys() == made["assets"].keys()


def test_a_folder_gets_json_unless_told_otherwise(tmp_path: Path) -> None:
    run("--members", 3, "--output", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["demo-1-001.json"]


@pytest.mark.parametrize("name", ["one.json", "one.yaml", "one.yml", "ONE.JSON"])
def test_it_writes_one_community_to_one_file(tmp_path: Path, name: str) -> None:
    run("--members", 3, "--output", tmp_path / name)
    bundle = read_bundle((tmp_path / name).read_bytes(), name)
    assert (bundle.faults, len(bundle.members)) == ([], 3)


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        run("--members", 30, "--seed", 7, "--output", tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--members", "0"], "at least 1"),
        (["--communities", "-3"], "at least 1"),
        (["--members", "many"], "'many' is not a whole number"),
        (["--seed", "1" * 19], "at most 18 digits"),
        (["--seed", "1" * 5000], "is not a whole number"),
        (["--communities", "100", "--members", "1000000"], "delivery points"),
        (["--format", "json"], "--output"),
        (["--communities", "2", "--output", "{}/one.json"], "need a folder"),
        (["--format", "yaml", "--output", "{}/one.json"], "json file"),
        (["--output", "{}/file/below"], "cannot be made"),
        (["--output", "{}/file"], "cannot be made"),
    ],
)
def test_it_refuses_what_it_cannot_do(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match=message):
        run(*(argument.format(tmp_path) for argument in arguments))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
