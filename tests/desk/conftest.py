"""A register small enough to be counted by hand."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assets.models import Asset
from communities.models import Community
from members.models import Correction, Invitation, Member
from recportal.records.changes import change
from tests.factories import pod
from tests.staff.conftest import editor_a, register, superuser  # noqa: F401  # fixtures


@dataclass
class Counted:
    """Communities A and B; everything of B has "beta" in its name."""

    a: Community
    b: Community
    anna: Member
    carlo: Member
    berta: Member


def _member(community: Community, key: str, name: str, role: str, status: str, **more: Any) -> Member:
    return Member.objects.create(
        community=community, key=key, name=name, role=role, status=status, user_id=f"{key}-user", **more
    )


def _asset(owner: Member, key: str, kind: str, **properties: Any) -> Asset:
    return Asset.objects.create(
        owner=owner, key=key, name=f"{key} of {owner.key}", asset_type=kind, properties=properties
    )


@pytest.fixture
def counted(community_a: Community, community_b: Community) -> Counted:
    """A: five members and nine assets. B: one of each, and a pv that faces north."""
    a, b = community_a, community_b
    a.contact = {"email": "hello@alpha.example", "phone": "+39 000 1"}
    a.legal = {"name": "Alpha S.c."}
    a.links = {"website": "https://alpha.example/"}
    a.save()
    anna = _member(a, "m-1", "Anna", "prosumer", "active", area="north", delivery_points=[pod(1), pod(2)])
    bruno = _member(a, "m-2", "Bruno", "prosumer", "active", area="north", delivery_points=[pod(3)])
    carlo = _member(a, "m-3", "Carlo", "consumer", "suspended", area="south", delivery_points=[pod(4)])
    _member(a, "m-4", "Dora", "consumer", "pending")
    _member(a, "m-5", "Elio", "operator", "inactive", area="south")
    with change(None, "import", "spring.yaml"):
        _asset(anna, "pv-1", "pv", capacity_kwp=4.5)
        _asset(anna, "pv-2", "pv", capacity_kwp=0.7)
        _asset(bruno, "pv-3", "pv")  # nobody knows how large
        _asset(anna, "storage-1", "storage", capacity_kwh=10)
        _asset(carlo, "charger-1", "ev_charger", max_power_kw=11)
        _asset(carlo, "pump-1", "heat_pump", thermal_power_kw=8.25, cop=4)
        _asset(carlo, "load-1", "load", rated_power_kw=0)
        _asset(anna, "meter-1", "meter", pod=pod(1)["id"])
        _asset(bruno, "meter-2", "meter", pod=pod(9)["id"])
    berta = _member(b, "beta-1", "Beta Berta", "prosumer", "active", delivery_points=[pod(100)])
    with change(None, "admin", "beta reason"):
        _asset(berta, "beta-pv", "pv", capacity_kwp=1000, orientation=0)
    Correction.objects.create(member=anna, message="Not mine.")
    Correction.objects.create(member=anna, message="Done.", state=Correction.State.ACCEPTED)
    Correction.objects.create(member=berta, message="beta")
    Invitation.objects.create(member=carlo, digest="1", expires_at=timezone.now() - timedelta(days=1))
    Invitation.objects.create(member=anna, digest="2", expires_at=timezone.now() + timedelta(days=1))
    return Counted(a, b, anna, carlo, berta)


#: What looks wrong in A, counted by hand.
NOTICES_OF_A = {
    "delivery_point_without_meter": 3,  # Anna's second, Bruno's, Carlo's
    "unknown_delivery_point": 1,  # meter-2
    "invitation_expired": 1,  # Carlo's
    "no_capacity": 1,  # pv-3
    "zero_capacity": 1,  # load-1
}
