"""Two requests at once at a real server with threads: nobody sees another's token, nothing is made twice."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from assets.models import Asset
from communities.models import ApiToken, Community, StaffRole
from members.models import Correction, Invitation, Member
from recportal.accounts.models import User
from recportal.once.models import Submission
from tests.installation import Answer, Installation, Server, Visitor
from tests.staff.browsing import form_on, page

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

ROUNDS: Final = 20
#: Of each form that is sent twice at once.
TWICE: Final = 5
PASSWORD: Final = "a password of the tests"
_SECRET: Final = re.compile(r'value="(rp_[\w-]{43})"')
_LINK: Final = re.compile(r"/invitations/([\w-]{43})/")


@pytest.fixture
def server(installation: Installation, transactional_db: None) -> Iterator[Server]:
    with installation.served(WEB_THREADS="4") as running:
        yield running


@pytest.fixture
def community(transactional_db: None) -> Community:
    community = Community.objects.create(key="alpha", name="Alpha")
    for name in ("anna", "bruno"):
        # Not by the suite's hasher, which the server does not know.
        user = User.objects.create(username=name, password=PBKDF2PasswordHasher().encode(PASSWORD, "salt"))
        StaffRole.objects.create(user=user, community=community, level="manager")
        Member.objects.create(community=community, key=name, name=name.title(), role="consumer", account=user)
    Member.objects.create(community=community, key="carla", name="Carla", role="consumer")
    User.objects.create_user("passer-by")
    return community


def signed_in(server: Server, name: str) -> Visitor:
    browser = Visitor(server)
    browser.sign_in(name, PASSWORD)
    return browser


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """The answers to calls that begin together."""
    barrier = threading.Barrier(len(calls))

    def ask(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(ask, calls))


def opened(browser: Visitor, address: str) -> dict[str, str]:
    return form_on(browser.get(address))  # type: ignore[arg-type]  # has what it reads


def test_two_people_who_create_tokens_at_once_see_their_own(
    server: Server, community: Community, figure: Callable[..., None]
) -> None:
    address = page("communities.apitoken", "add")
    people = {name: signed_in(server, name) for name in ("anna", "bruno")}
    others = 0
    for number in range(ROUNDS):
        typed = {"name": f"tool {number}", "community": str(community.pk)}
        sent = {name: {**opened(browser, address), **typed} for name, browser in people.items()}
        answers = at_once(*(partial(each.post, address, sent[name]) for name, each in people.items()))
        for name, answer in zip(people, answers, strict=True):
            assert answer.status_code == 201, answer.text
            [secret] = _SECRET.findall(answer.text)
            token = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
            others += token.user.username != name
    figure("two tokens at once: rounds", ROUNDS)
    figure("two tokens at once: secrets of somebody else", others)
    assert others == 0
    assert ApiToken.objects.count() == 2 * ROUNDS


#: What is sent twice at once: its address and what is typed, by the community and a number.
FORMS: Final[dict[str, tuple[Callable[[Community], str], Callable[[Community, int], dict[str, Any]]]]] = {
    "member": (
        lambda community: page("members.member", "add"),
        lambda community, number: {
            "name": f"New {number}", "role": "consumer", "status": "active", "community": community.pk
        },
    ),
    "member with a key": (
        lambda community: page("members.member", "add"),
        lambda community, number: {
            "key": f"n-{number}", "name": "New", "role": "consumer", "status": "active",
            "community": community.pk,
        },
    ),
    "asset": (
        lambda community: page("assets.asset", "add"),
        lambda community, number: {
            "name": f"Load {number}", "asset_type": "load", "owner": community.members.get(key="anna").pk
        },
    ),
    "role": (
        lambda community: page("communities.staffrole", "add"),
        lambda community, number: {"username": "passer-by", "community": community.pk, "level": "viewer"},
    ),
    "token": (
        lambda community: page("communities.apitoken", "add"),
        lambda community, number: {"name": f"tool {number}", "community": community.pk},
    ),
    "area": (
        lambda community: page("communities.community", "area_add", community.pk),
        lambda community, number: {"name": f"Area {number}", "key": f"area-{number}"},
    ),
    "node": (
        lambda community: page("communities.community", "node_add", community.pk),
        lambda community, number: {"id": f"line-{number}", "type": "line"},
    ),
    "invitation": (
        lambda community: page("members.member", "access", community.members.get(key="carla").pk),
        lambda community, number: {"link": "1"},
    ),
    "correction": (
        lambda community: "/my/alpha/anna/corrections/new/",
        lambda community, number: {"message": f"Wrong {number}."},
    ),
}  # fmt: skip


def there_are() -> int:
    """How many things there are that a form can create."""
    models: list[Any] = [Member, Asset, StaffRole, ApiToken, Invitation, Correction]
    parts = sum(len(each.areas) + len(each.topology) for each in Community.objects.all())
    return parts + sum(int(model.objects.count()) for model in models)


def test_a_form_that_is_sent_twice_at_once_creates_once(
    server: Server, community: Community, figure: Callable[..., None]
) -> None:
    browser = signed_in(server, "anna")
    faults = []
    for name, (address_of, typed) in FORMS.items():
        address = address_of(community)
        for number in range(TWICE):
            StaffRole.objects.filter(user__username="passer-by").delete()
            before = there_are()
            values = {key: str(value) for key, value in typed(community, number).items()}
            sent = {**opened(browser, address), **values}
            first, second = at_once(*[partial(browser.post, address, sent)] * 2)
            if there_are() != before + 1:
                faults.append(f"{name}: {there_are() - before} were made")
            if results_in(first) != results_in(second):
                faults.append(f"{name}: {results_in(first)} and {results_in(second)}")
            assert first.status_code in (200, 201, 302), (name, first.text)
        figure(f"sent twice at once: {name}", TWICE)
    figure("sent twice at once: made twice or never, or answered differently", len(faults))
    assert not faults, "\n".join(faults)
    assert Submission.objects.count() == TWICE * len(FORMS)


def results_in(answer: Answer) -> tuple[int, str, list[str]]:
    """What an answer leads to, or shows this once."""
    shown = _SECRET.findall(answer.text) + _LINK.findall(answer.text)
    return answer.status_code, answer.headers.get("Location", ""), shown
