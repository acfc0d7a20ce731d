"""What staff write for each other stays with staff: reasons, names of files, and who the colleagues are.

All of it is planted, through the doors by which it comes in, and searched for in every answer that a member
gets, and in every mail.
"""

from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets.models import Asset
from communities.models import Community, StaffRole
from members.corrections import propose
from members.models import Correction, Member
from recportal.accounts.models import User
from recportal.bundles.models import Upload
from tests.addresses import routes
from tests.outbox import sent_mail
from tests.staff.browsing import Browser, change, delete, form_on, without_tokens

from .conftest import Lot, signed_in

PLANTED = ("heron", "debts-of-anna.yaml", "cordelia", "Cordelia Quill", "cordelia@office.example.org")
#: What staff write for the member: the search must be able to find something.
ANSWER = "We looked it up for you."
BUNDLE = """
recportal: 1
community: {key: alpha, name: Alpha}
members: {own: {name: Anna, role: prosumer, status: active, extra: {phone: "+39 0000 8"}}}
"""


@pytest.fixture
def cordelia(community_a: Community) -> Browser:
    user = User.objects.create_user("cordelia", "cordelia@office.example.org", name="Cordelia Quill")
    StaffRole.objects.create(user=user, community=community_a, level="manager")
    return Browser(user)


@pytest.fixture
def planted(lot: Lot, member_a: User, cordelia: Browser) -> None:
    own, pv = change(lot.own), change(lot.pv)
    assert cordelia.send(own, name="Anna B.", reason="heron 1").status_code == 302
    assert cordelia.send(pv, name="Roof", reason="heron 2").status_code == 302
    status = f"{own.removesuffix('change/')}status/"
    for value in ("suspended", "active"):
        looked = cordelia.post(status, {"value": value, "reason": "heron 3", "look": "1"})
        done = cordelia.post(status, {**form_on(looked), "confirm": "1"})
        assert done.status_code == 302
    holding = lot.own.holdings.get(kind="delivery_point")
    _do(
        cordelia, f"{own.removesuffix('change/')}holdings/{holding.pk}/", since="2020-01-31", reason="heron 4"
    )
    assert cordelia.send(delete(lot.meter), post="yes", reason="heron 5").status_code == 302
    file = SimpleUploadedFile("debts-of-anna.yaml", BUNDLE.encode())
    cordelia.post("/admin/import/", {"file": file})
    upload = Upload.objects.get()
    cordelia.post(f"/admin/import/{upload.pk}/", {"apply": "1", "reason": "heron 6"})
    correction = propose(lot.own, member_a, lot.own, ("extra", "phone"), "+39 0000 7", "It is this one.")
    cordelia.post(change(correction), {"accept": "1", "answer": ANSWER})
    reasons = [*lot.own.history.values_list("history_change_reason", flat=True)]
    reasons += Asset.history.filter(owner_id=lot.own.pk).values_list("history_change_reason", flat=True)
    for number in range(1, 7):
        assert any(f"heron {number}" in each for each in reasons), (number, reasons)
    assert any("debts-of-anna.yaml" in each for each in reasons)


def _do(browser: Browser, address: str, **typed: str) -> None:
    assert browser.post(address, {**form_on(browser.get(address)), **typed}).status_code == 302


def _addresses(lot: Lot) -> list[str]:
    """Every address of the site for tools and members, with the member's own keys in it."""
    known: dict[str, list[Any]] = {
        "community": ["alpha"],
        "member": ["own"],
        "asset": ["pv-1"],
        "area": ["north"],
        "point": ["IT001E00000001"],
        "pk": list(Correction.objects.values_list("pk", flat=True)),
        "name": ["members/extra"],
    }
    return [
        route.filled(dict(zip(route.placeholders, chosen, strict=True)))
        for route in routes()
        if route.address.startswith(("/my/", "/api/", "/account/", "/accounts/email/"))
        and set(route.placeholders) <= known.keys()
        for chosen in product(*(known[name] for name in route.placeholders))
    ]


def _text_of(client: Client, address: str) -> tuple[int, str]:
    answer: Any = client.get(address)
    body: bytes = b"".join(answer) if answer.streaming else answer.content
    return answer.status_code, without_tokens(body.decode())


def test_no_answer_to_a_member_tells_why_or_who(planted: None, lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    assert Member.objects.get(pk=lot.own.pk).extra["phone"] == "+39 0000 7"
    shown, saw_the_answer = 0, 0
    for address in _addresses(lot):
        status, text = _text_of(client, address)
        found = [each for each in PLANTED if each.lower() in text.lower()]
        assert not found, (address, found)
        shown += status == 200
        saw_the_answer += ANSWER in text
    assert shown > 20
    assert saw_the_answer >= 3, "the page, and both files"
    assert not [
        each for letter in sent_mail() for each in PLANTED if each in f"{letter.body}{letter.subject}"
    ]


def test_staff_read_it(planted: None, lot: Lot, cordelia: Browser) -> None:
    """Else the search would look for what nobody is ever shown."""
    page = cordelia.get(f"{change(lot.own).removesuffix('change/')}history/").content.decode()
    assert all(each in page for each in ("heron 1", "debts-of-anna.yaml", "cordelia"))
