"""What the database itself refuses, whoever writes: by Django's paths around the rules, and by bare SQL."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import AddConstraint, AlterField, RemoveConstraint
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.records.constraints import CompositeForeignKey
from recportal.records.fields import LineField
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, UserFactory, pod

OWNER = next(each for each in Asset._meta.constraints if isinstance(each, CompositeForeignKey))


def refused(write: Any) -> None:
    """The write is refused, at the latest when the transaction ends."""

    def write_and_end() -> None:
        with transaction.atomic():
            write()
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        write_and_end()


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.django_db
class TestRefused:
    def test_a_key_twice(self) -> None:
        member = MemberFactory.create()
        other = MemberFactory.create(community=member.community)
        asset, another = AssetFactory.create_batch(2, owner=member)
        CommunityFactory.create(key="other")
        refused(lambda: Community.objects.filter(key="other").update(key=member.community.key))
        refused(lambda: Member.objects.filter(pk=other.pk).update(key=member.key))
        refused(lambda: Asset.objects.filter(pk=another.pk).update(key=asset.key))
        refused(lambda: run("UPDATE members_member SET key = %s WHERE id = %s", member.key, other.pk))

    def test_the_same_key_in_another_community_is_fine(self) -> None:
        member = MemberFactory.create(key="m-1")
        MemberFactory.create(key="m-1")
        AssetFactory.create(owner=member, key="m-1")
        assert Member.objects.filter(key="m-1").count() == 2

    @pytest.mark.parametrize("model", [Community, Member, Asset])
    def test_no_key(self, model: Any) -> None:
        AssetFactory.create()
        refused(lambda: model.objects.update(key=""))
        refused(lambda: run(f"UPDATE {model._meta.db_table} SET key = NULL"))

    @pytest.mark.parametrize(
        ("model", "column", "value"),
        [
            (Member, "role", "owner"),
            (Member, "role", ""),
            (Member, "role", "Consumer"),
            (Member, "status", "gone"),
            (Asset, "asset_type", "windmill"),
            (Asset, "asset_type", "PV"),
            (StaffRole, "level", "root"),
        ],
    )
    def test_a_choice_that_is_none(self, manager_a: User, model: Any, column: str, value: str) -> None:
        AssetFactory.create()
        refused(lambda: model.objects.update(**{column: value}))
        refused(lambda: run(f"UPDATE {model._meta.db_table} SET {column} = %s", value))

    def test_a_user_id_twice_in_a_community(self) -> None:
        member = MemberFactory.create(user_id="anna")
        other, another = MemberFactory.create_batch(2, community=member.community)
        MemberFactory.create(user_id="anna")
        assert (other.user_id, another.user_id) == ("", "")
        refused(lambda: Member.objects.filter(pk=other.pk).update(user_id_compared="anna"))

    def test_a_second_open_holding(self) -> None:
        holder = MemberFactory.create(delivery_points=[pod(1)])
        other = MemberFactory.create()
        holding = Holding.objects.get()
        values = {"kind": holding.kind, "code": holding.code, "scope": "", "since": date(2026, 1, 1)}
        refused(lambda: Holding.objects.create(member=other, **values))
        refused(lambda: Holding.objects.bulk_create([Holding(member=other, **values)]))
        Holding.objects.create(member=other, until=date(2026, 2, 1), **values)
        refused(lambda: Holding.objects.filter(member=other).update(until=None))
        Holding.objects.filter(member=holder).update(until=date(2100, 1, 1))
        Holding.objects.filter(member=other).update(until=None)

    def test_a_holding_that_ends_before_it_begins(self) -> None:
        MemberFactory.create(delivery_points=[pod(1)])
        since = Holding.objects.get().since
        refused(lambda: Holding.objects.update(until=date(since.year - 1, 1, 1)))
        Holding.objects.update(until=since)

    def test_a_role_twice(self, manager_a: User) -> None:
        role = manager_a.staff_roles.get()
        refused(
            lambda: StaffRole.objects.create(user=manager_a, community=role.community, level=Level.VIEWER)
        )
        StaffRole.objects.create(user=manager_a, level=Level.VIEWER)
        refused(lambda: StaffRole.objects.create(user=manager_a, level=Level.EDITOR))

    def test_a_user_name_twice(self) -> None:
        UserFactory.create(username="anna")
        UserFactory.create(username="Anna")
        refused(lambda: User.objects.filter(username="Anna").update(username="anna"))

    def test_a_record_without_its_community(self) -> None:
        asset = AssetFactory.create()
        refused(lambda: run("DELETE FROM communities_community"))
        refused(lambda: Member.objects.filter(pk=asset.owner_id).update(community=4711))
        refused(lambda: run("DELETE FROM members_member"))

    @pytest.mark.parametrize("model", [Community, Member, Asset])
    def test_null_in_place_of_a_document(self, model: Any) -> None:
        AssetFactory.create()
        refused(lambda: run(f"UPDATE {model._meta.db_table} SET extra = NULL"))


@pytest.mark.django_db
class TestOwnerInTheCommunity:
    @pytest.fixture
    def asset(self) -> Asset:
        return AssetFactory.create()

    @pytest.fixture
    def elsewhere(self) -> Member:
        return MemberFactory.create()

    def test_an_owner_elsewhere_is_refused_by_update(self, asset: Asset, elsewhere: Member) -> None:
        refused(lambda: Asset.objects.update(owner=elsewhere))
        refused(lambda: Asset.objects.update(community=elsewhere.community))
        refused(lambda: run("UPDATE assets_asset SET owner_id = %s", elsewhere.pk))
        Asset.objects.update(owner=elsewhere, community=elsewhere.community)
        connection.check_constraints()

    def test_an_owner_elsewhere_is_refused_by_insert(self, asset: Asset, elsewhere: Member) -> None:
        other = Asset(community=asset.community, owner=elsewhere, key="other", name="x", asset_type="pv")
        refused(lambda: Asset.objects.bulk_create([other]))

    def test_an_owner_cannot_be_moved_away_below_its_assets(self, asset: Asset, elsewhere: Member) -> None:
        refused(lambda: Member.objects.filter(pk=asset.owner_id).update(community=elsewhere.community))

    def test_it_is_judged_at_the_end_so_that_both_can_move(self, asset: Asset, elsewhere: Member) -> None:
        with transaction.atomic():
            Asset.objects.update(community=elsewhere.community)
            Asset.objects.update(owner=elsewhere)
            connection.check_constraints()

    def test_the_constraint_says_it_itself_too(self, asset: Asset, elsewhere: Member) -> None:
        OWNER.validate(Asset, asset)
        asset.owner_id = elsewhere.pk
        OWNER.validate(Asset, asset, exclude={"owner"})
        with pytest.raises(ValidationError, match="different owners") as caught:
            OWNER.validate(Asset, asset)
        assert caught.value.code == "composite_foreign_key"
        OWNER.validate(Asset, Asset())


def test_a_constraint_is_the_same_when_it_says_the_same() -> None:
    path, args, options = OWNER.deconstruct()
    assert path == "recportal.records.constraints.CompositeForeignKey"
    again = CompositeForeignKey(*args, **options)
    assert (again, hash(again)) == (OWNER, hash(OWNER))
    assert OWNER.clone() == OWNER
    assert CompositeForeignKey(**{**options, "name": "other"}) != OWNER
    assert models.CheckConstraint(condition=models.Q(pk__gt=0), name="other") != OWNER


@pytest.mark.django_db(transaction=True)
class TestRemadeTables:
    """SQLite changes a table by making it anew; Django forgets there what is no constraint of the model."""

    @pytest.fixture
    def migrate(self) -> Iterator[Callable[[str, Operation], None]]:
        """Carries an operation out as a migration does, and takes all of them back in the end."""
        state = MigrationLoader(connection).project_state()
        done: list[tuple[str, Operation, ProjectState, ProjectState]] = []

        def forwards(app: str, operation: Operation) -> None:
            before = done[-1][3] if done else state
            after = before.clone()
            operation.state_forwards(app, after)
            with connection.schema_editor() as editor:
                operation.database_forwards(app, editor, before, after)
            done.append((app, operation, before, after))

        yield forwards
        for app, operation, before, after in reversed(done):
            with connection.schema_editor() as editor:
                operation.database_backwards(app, editor, after, before)

    @pytest.mark.parametrize("model", [Asset, Member, Community])
    def test_the_database_still_refuses(self, migrate: Any, model: Any) -> None:
        asset, elsewhere = AssetFactory.create(), MemberFactory.create(delivery_points=[pod(1)])
        longer: LineField[str, str] = LineField(max_length=201)
        migrate(model._meta.app_label, AlterField(model._meta.model_name, "name", longer))
        refused(lambda: Asset.objects.update(owner=elsewhere))
        refused(lambda: Member.objects.filter(pk=asset.owner_id).update(community=elsewhere.community))
        refused(lambda: Asset.objects.update(asset_type="windmill"))
        refused(lambda: Member.objects.update(role="owner"))
        refused(lambda: Member.objects.filter(pk=asset.owner_id).update(key=""))
        refused(lambda: run("DELETE FROM members_member WHERE id = %s", asset.owner_id))
        asset.owner.delivery_points = [pod(1)]
        with pytest.raises(ValidationError):
            asset.owner.save()
        asset.name = "x" * 200
        asset.save()

    def test_the_constraint_can_be_taken_away_and_given_back(self, migrate: Any) -> None:
        asset, elsewhere = AssetFactory.create(), MemberFactory.create()
        migrate("assets", RemoveConstraint("asset", OWNER.name))
        Asset.objects.update(owner=elsewhere)
        Asset.objects.update(owner=asset.owner)
        migrate("assets", AddConstraint("asset", OWNER))
        refused(lambda: Asset.objects.update(owner=elsewhere))


def test_every_text_column_of_a_record_is_one_of_ours() -> None:
    """A plain CharField would sort as people do on PostgreSQL, and keep what no database keeps."""
    for model in (Community, Member, Asset):
        for field in apps.get_model(model._meta.label)._meta.concrete_fields:
            if isinstance(field, models.CharField) and not field.choices:
                assert isinstance(field, LineField), field
