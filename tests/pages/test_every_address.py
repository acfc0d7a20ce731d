"""A member of A and a stranger try every address of the site with every key of A and B.

The addresses are those of the site itself, so that a new one is tried as well; one with a placeholder that
this test has no values for makes it fail.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.test import Client

from assets.models import Asset
from communities.models import Community
from members.corrections import propose
from members.invitations import invite
from members.models import Correction, Invitation, Member
from recportal.accounts.models import User
from tests.addresses import routes
from tests.staff.browsing import without_tokens

from .conftest import Lot, signed_in

pytestmark = pytest.mark.once  # the permission table asks both engines

OF_B = ("Beta Berta", "Beta north", "info@beta.example.org", "beta-pv name", "IT001E00000003", "Beta S.c.")
OF_THE_NEIGHBOUR = ("Neighbour Nora", "pv-nearby name", "nearby@example.org", "IT001E00000002", "Nora says")
OF_A = ("Alpha", "Anna", "pv-1 name", "own@example.org", "IT001E00000001")


def values(lot: Lot, correction: Correction) -> dict[str, list[Any]]:
    records: list[Any] = [
        *Community.objects.all(),
        *Member.objects.all(),
        *Asset.objects.all(),
        *User.objects.all(),
        correction,
    ]
    return {
        "community": ["alpha", "beta", "nothing"],
        "member": ["own", "nearby", "beta-m"],
        "asset": ["pv-1", "pv-nearby", "beta-pv"],
        "area": ["north"],
        "point": ["IT001E00000001", "IT001E00000002", "IT001E00000003"],
        "pk": [correction.pk, 999_999],
        "object_id": sorted({str(each.pk) for each in records}),
        "id": sorted({str(each.pk) for each in User.objects.all()}),
        "token": ["nothing"],
        "name": ["members/extra"],
        "provider_id": ["provider"],
        "key": ["set-password"],
        "uidb36": ["1"],
        "app_label": ["members"],
        "url": ["nothing"],
        "anything": ["nothing/"],
        "community_id": sorted({str(each.pk) for each in Community.objects.all()}),
        "upload": ["1"],
        "records": ["members", "assets"],
        "form": ["csv", "json", "yaml"],
    }


def addresses(known: dict[str, list[Any]]) -> Iterator[str]:
    for route in routes():
        names = route.placeholders
        assert set(names) <= known.keys(), f"an address that this test does not know: {route.address}"
        for chosen in product(*(known[name] for name in names)):
            yield route.filled(dict(zip(names, chosen, strict=True)))


def fingerprint() -> dict[str, Any]:
    """Everything that nobody of the two may change."""
    return {
        "members": list(Member.objects.order_by("pk").values("pk", "version", "account")),
        "assets": list(Asset.objects.order_by("pk").values("pk", "version")),
        "communities": list(Community.objects.order_by("pk").values("pk", "version")),
        "corrections": list(Correction.objects.order_by("pk").values("pk", "state")),
        "invitations": list(Invitation.objects.order_by("pk").values("pk", "accepted_at", "withdrawn_at")),
        "accounts": list(User.objects.order_by("pk").values("pk", "password", "is_superuser", "is_active")),
    }


@pytest.fixture
def known(lot: Lot, manager_a: User, manager_b: User, stranger: User) -> dict[str, list[Any]]:
    nora = User.objects.create_user("nora")
    Member.objects.filter(pk=lot.neighbour.pk).update(account=nora)
    invite(lot.beta, manager_b)
    correction = propose(lot.neighbour, nora, lot.neighbour, message="Nora says that this is wrong.")
    return values(lot, correction)


def told_by(answer: Any) -> str:
    body: bytes = b"".join(answer) if answer.streaming else answer.content
    return without_tokens(body.decode(errors="replace"))


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize(
    ("caller", "secrets"),
    [("member_a", OF_B + OF_THE_NEIGHBOUR), ("stranger", OF_B + OF_THE_NEIGHBOUR + OF_A)],
)
def test_nothing_of_others_is_shown_or_changed(
    lot: Lot,
    known: dict[str, list[Any]],
    caller: str,
    secrets: tuple[str, ...],
    method: str,
    request: pytest.FixtureRequest,
) -> None:
    user = request.getfixturevalue(caller)
    before = fingerprint()
    tried = 0
    client: Client | None = None
    for address in addresses(known):
        if client is None:
            client = signed_in(user)
            client.raise_request_exception = False
        answer = getattr(client, method)(address)
        assert answer.status_code < 500 or answer.status_code == 503, (method, address)
        told = told_by(answer)
        leaked = [secret for secret in secrets if secret in told]
        assert not leaked, (method, address, leaked)
        if answer.cookies:  # the session may be over, or another one
            client = None
        tried += 1
    assert tried > 200
    assert fingerprint() == before


def test_the_member_sees_the_own_pages(lot: Lot, known: dict[str, list[Any]], member_a: User) -> None:
    client = signed_in(member_a)
    own = [
        each for each in addresses(known) if each.startswith("/my/alpha/own/") and "/withdraw/" not in each
    ]
    answers = {each: client.get(each).status_code for each in own}
    assert answers.pop("/my/alpha/own/assets/pv-nearby/") == 404
    assert answers.pop("/my/alpha/own/assets/beta-pv/") == 404
    assert answers.pop("/my/alpha/own/assets/pv-nearby/history/") == 404
    assert answers.pop("/my/alpha/own/assets/beta-pv/history/") == 404
    assert len(answers) == 10
    assert set(answers.values()) == {200}


def test_who_is_not_signed_in_gets_nothing(lot: Lot, known: dict[str, list[Any]], client: Client) -> None:
    client.raise_request_exception = False
    for address in addresses(known):
        answer = client.get(address)
        assert answer.status_code < 500, address
        told = told_by(answer)
        assert not [each for each in (*OF_A, *OF_B, *OF_THE_NEIGHBOUR) if each in told], address
