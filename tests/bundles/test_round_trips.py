"""What is exported and imported again is what was there, in both dialects and both forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings

from communities.models import Community
from recportal.bundles import demo
from recportal.bundles.bundle import Bundle, Dialect
from recportal.bundles.exporting import bundle_of, export_bundle
from recportal.bundles.writing import Form
from recportal.documents.paths import differences

from .communities import communities
from .register import edited, everything, imported, larch_valley

pytestmark = pytest.mark.django_db

DEMO = Path(demo.__file__).with_name("demo.yaml").read_bytes()
WAYS: list[tuple[Dialect, Form]] = [
    (dialect, form) for dialect in get_args(Dialect) for form in get_args(Form)
]


@contextmanager
def rolled_back() -> Iterator[None]:
    """A database as it was before, after a look at the constraints that wait for the end of a transaction."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


def assert_equal(one: Bundle, other: Bundle) -> None:
    assert list(differences(vars(one), vars(other))) == []
    assert list(one.members) == list(other.members)
    assert list(one.assets) == list(other.assets)


def assert_round_trips(source: dict[str, Any] | bytes, name: str = "file.yaml") -> None:
    with rolled_back():
        imported(source, name=name)
        community = Community.objects.get()
        stored, before = bundle_of(community), everything()
        texts = {way: export_bundle(community, *way) for way in WAYS}
        for (dialect, form), text in texts.items():
            for replace in (False, True):
                plan = imported(text, name=f"file.{form}", replace=replace)
                assert plan.changes_nothing, (dialect, form, replace)
        assert everything() == before
    for (dialect, form), text in texts.items():
        with rolled_back():
            imported(text, name=f"file.{form}")
            again = Community.objects.get()
            assert_equal(bundle_of(again), stored)
            assert export_bundle(again, dialect, form) == text


@pytest.mark.parametrize("version", ["0.5", "0.7"])
def test_a_celine_file(version: str) -> None:
    assert_round_trips(larch_valley(version))


def test_a_later_state_upon_an_earlier_one() -> None:
    imported(larch_valley("0.5"))
    imported(larch_valley("0.7"))
    community = Community.objects.get()
    before = everything()
    for dialect, form in WAYS:
        text = export_bundle(community, dialect, form)
        assert imported(text, name=f"file.{form}", replace=True).changes_nothing
    assert everything() == before


def test_the_demo_community() -> None:
    assert_round_trips(DEMO)


def test_the_demo_is_written_as_an_export_writes_it() -> None:
    """Else the first edit and export would change every line of it."""
    imported(DEMO)
    _remarks, _blank, written = DEMO.decode().partition("\n\n")
    assert export_bundle(Community.objects.get()) == written


@given(communities())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_valid_community(tree: dict[str, Any]) -> None:
    assert_round_trips(tree)


def test_an_empty_community() -> None:
    assert_round_trips({"recportal": 1, "community": {"key": "a", "name": "A"}})


def test_what_has_no_place_in_a_flat_record_keeps_its_place() -> None:
    """Names of the dialect that mean something else inside ``extra`` and ``properties``."""
    extra = {"name": "another", "id": 5, "extra": {"extra": 1}, "metadata": {"a": None}, "topology": "x"}
    properties = {"rated_power": "text", "name": [], "properties": {}, "extra": 0, "tilt_angle": None}
    edits = {
        "community/extra": extra,
        "community/topology/0/parent": {"not": "an edge"},
        "members/m-1/extra": {"name": 1, "assets": {"pv": {}}, "extra": "x", "role": None},
        "assets/pv-1/properties": {**properties, "tilt": 1.5},
        "assets/pv-1/extra": {"owner": "somebody", "extra": {}},
    }
    assert_round_trips(edited(edits))
