"""Every rule across records, broken in a form: the error has its code and field, and nothing is written."""

import json
from typing import Any

import pytest
from django.db import models

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, form_on
from tests.staff.conftest import Register

ADD_MEMBER = {"name": "Carla", "role": "consumer", "status": "active"}
LONG = "x" * 129


#: Which record is changed, what is typed, and which errors that gives.
CHANGES: list[tuple[str, dict[str, str], dict[str, list[str]]]] = [
    ("anna", {"role": "king"}, {"role": ["invalid_choice"]}),
    ("anna", {"role": ""}, {"role": ["required"]}),
    ("anna", {"status": "asleep"}, {"status": ["invalid_choice"]}),
    ("anna", {"name": ""}, {"name": ["required"]}),
    ("anna", {"user_id": "a\tb"}, {"user_id": ["invalid"]}),
    ("anna", {"user_id": "x" * 257}, {"user_id": ["max_length"]}),
    ("anna", {"user_id": "u-2"}, {"user_id": ["user_id_taken"]}),
    ("anna", {"area": "nowhere"}, {"area": ["unknown_area"]}),
    ("anna", {"delivery_points": '[{"id": "", "type": "pod"}]'}, {"delivery_points": ["invalid"]}),
    (
        "anna",
        {"delivery_points": json.dumps([{"id": LONG, "type": "pod"}])},
        {"delivery_points": ["invalid"]},
    ),
    (
        "anna",
        {"delivery_points": '[{"id": "a\\u0007", "type": "pod"}]'},
        {"delivery_points": ["invalid"]},
    ),
    ("anna", {"delivery_points": '[{"id": "1"}]'}, {"delivery_points": ["required"]}),
    (
        "anna",
        {"delivery_points": '[{"id": "1", "type": "pod"}, {"id": "1", "type": "pod"}]'},
        {"delivery_points": ["duplicate"]},
    ),
    (
        "anna",
        {"delivery_points": '[{"id": "it999e00000002", "type": "pod"}]'},
        {"delivery_points": ["delivery_point_held"]},
    ),
    ("anna", {"extra": '{"did": "did:web:carla"}'}, {"extra": ["did_held"]}),
    ("anna", {"extra": "[]"}, {"extra": ["wrong_type"]}),
    ("pv", {"sensor_id": "s-2"}, {"sensor_id": ["sensor_held"]}),
    ("pv", {"sensor_id": LONG}, {"sensor_id": ["max_length"]}),
    ("pv", {"sensor_id": "a\x07"}, {"sensor_id": ["invalid"]}),
    ("pv", {"owner": ""}, {"owner": ["required"]}),
    ("pv", {"owner": "{beta.pk}"}, {"owner": ["invalid_choice"]}),
    ("pv", {"owner": "987654321"}, {"owner": ["invalid_choice"]}),
    ("pv", {"relationships": '{"measures": ["pv-1"]}'}, {"relationships": ["invalid"]}),
    ("pv", {"relationships": '{"paired_with": "pv-1"}'}, {"relationships": ["invalid"]}),
    ("pv", {"properties": '{"capacity_kwh": 5}'}, {"properties": ["foreign_property"]}),
    ("pv", {"properties": '{"tilt": 91}'}, {"properties": ["too_large"]}),
    ("pv", {"properties": '{"tilt": NaN}'}, {"properties": ["not_a_number"]}),
    ("a", {"extra": '{"operators": {"a b": {"name": "X"}}}'}, {"extra": ["invalid"]}),
    ("a", {"name": "x" * 201}, {"name": ["max_length"]}),
]

ADDITIONS: list[tuple[str, dict[str, str], dict[str, list[str]]]] = [
    ("members/member", {"key": "m-1"}, {"key": ["key_taken"]}),
    ("members/member", {"key": "-a"}, {"key": ["invalid"]}),
    ("members/member", {"key": "a b"}, {"key": ["invalid"]}),
    ("members/member", {"key": LONG}, {"key": ["max_length"]}),
    ("members/member", {"community": ""}, {"community": ["required"]}),
    ("members/member", {"community": "987654321"}, {"community": ["invalid_choice"]}),
    ("members/member", {"area": "nowhere"}, {"area": ["unknown_area"]}),
    ("members/member", {"user_id": "u-2"}, {"user_id": ["user_id_taken"]}),
    (
        "members/member",
        {"delivery_points": '[{"id": "IT 999 E 00000002", "type": "pod"}]'},
        {"delivery_points": ["delivery_point_held"]},
    ),
    ("assets/asset", {"key": "pv-1"}, {"key": ["key_taken"]}),
    ("assets/asset", {"key": "a/b"}, {"key": ["invalid"]}),
    ("assets/asset", {"asset_type": "kettle"}, {"asset_type": ["invalid_choice"]}),
    ("assets/asset", {"asset_type": ""}, {"asset_type": ["required"]}),
    ("assets/asset", {"owner": "987654321"}, {"owner": ["invalid_choice"]}),
    ("assets/asset", {"sensor_id": "s-2"}, {"sensor_id": ["sensor_held"]}),
    ("communities/community", {"key": "alpha"}, {"key": ["key_taken"]}),
    ("communities/community", {"key": "ä"}, {"key": ["invalid"]}),
    ("communities/community", {"name": ""}, {"name": ["required"]}),
]


@pytest.fixture
def carla(register: Register) -> Member:
    """A neighbour who has what others might claim."""
    carla = Member.objects.create(
        community=register.a,
        key="m-2",
        name="Carla",
        role="consumer",
        status="active",
        user_id="u-2",
        delivery_points=[{"id": "IT999E00000002", "type": "pod"}],
        extra={"did": "did:web:carla"},
    )
    Asset.objects.create(owner=carla, key="meter-2", name="Meter", asset_type="meter", sensor_id="s-2")
    return carla


def everything() -> list[Any]:
    """All that is stored, with its history."""
    kinds: list[Any] = [Community, Member, Asset, Holding]
    histories: list[type[models.Model]] = [kind.history.model for kind in kinds[:3]]
    return [list(kind.objects.order_by("pk").values()) for kind in (*kinds, *histories)]


@pytest.mark.parametrize(("record", "typed", "expected"), CHANGES)
def test_it_is_refused_when_changing(
    superuser: User, register: Register, carla: Member, record: str, typed: dict[str, str], expected: Any
) -> None:
    typed = {name: value.replace("{beta.pk}", str(register.beta.pk)) for name, value in typed.items()}
    before = everything()
    answer = Browser(superuser).send(change(getattr(register, record)), **typed)
    assert errors_on(answer) == expected
    assert everything() == before
    form = form_on(answer)
    for name, value in typed.items():
        if "invalid_choice" not in expected.get(name, ()):  # a list cannot show what it does not have
            assert form[name] == value


@pytest.mark.parametrize(("kind", "typed", "expected"), ADDITIONS)
def test_it_is_refused_when_adding(
    superuser: User, register: Register, carla: Member, kind: str, typed: dict[str, str], expected: Any
) -> None:
    sound = {
        "members/member": {**ADD_MEMBER, "community": str(register.a.pk)},
        "assets/asset": {"owner": str(register.anna.pk), "asset_type": "meter", "name": "Meter"},
        "communities/community": {"name": "Gamma"},
    }
    before = everything()
    url = f"/admin/{kind}/add/"
    assert errors_on(Browser(superuser).send(url, **{**sound[kind], **typed})) == expected
    assert everything() == before
    assert Browser(superuser).send(url, **sound[kind]).status_code == 302  # it was only this that was wrong


def test_all_errors_are_said_at_once(manager_a: User, register: Register) -> None:
    typed = {"role": "king", "area": "nowhere", "user_id": "x" * 300, "extra": '{"joined_on": 1, "email": 2}'}
    assert errors_on(Browser(manager_a).send(change(register.anna), **typed)) == {
        "role": ["invalid_choice"],
        "area": ["unknown_area"],
        "user_id": ["max_length"],
        "extra": ["wrong_type", "wrong_type"],
    }
