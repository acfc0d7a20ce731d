"""A member's way in and out in a real browser by a real OpenID Connect provider, on a phone and at a desk.

With ``RECPORTAL_SCREENSHOTS=docs/screenshots`` it also takes the pictures of the documentation.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import Browser, expect

from tests.accounts.provider import RunningProvider
from tests.accounts.test_identity_provider import provider, running  # noqa: F401  # fixtures
from tests.pages.conftest import Lot, lot  # noqa: F401  # a fixture
from tests.proof.visitor import EACH_LOOK, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=EACH_LOOK)
def visitor(request: pytest.FixtureRequest, browser: Browser, live_server: Any) -> Iterator[Visitor]:
    somebody = Visitor(browser, live_server.url, request.param)
    yield somebody
    somebody.context.close()


def test_a_member_signs_in_with_the_provider_and_out_again(
    visitor: Visitor,
    provider: RunningProvider,  # noqa: F811
    lot: Lot,  # noqa: F811
) -> None:
    nora = lot.neighbour
    nora.user_id = "subject-of-nora"
    nora.save()
    provider.knows("subject-of-nora", preferred_username="nora", name="Nora N.")
    page = visitor.page

    visitor.opens("/my/alpha/nearby/")
    assert not visitor.flaws()
    visitor.follows(page.get_by_role("link", name="Sign in with"))
    page.locator("input[name=sub]").fill("subject-of-nora")
    visitor.follows(page.locator("button[type=submit]").first)
    expect(page.get_by_role("heading", name="Neighbour Nora")).to_be_visible()
    assert page.url.startswith(visitor.server)
    visitor.faults.clear()  # the provider's own page is another host

    visitor.opens("/my/alpha/nearby/assets/pv-nearby/")
    expect(page.get_by_text("4.5 kWp").first).to_be_visible()
    assert not visitor.flaws()
    visitor.follows(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", name="You are signed out here")).to_be_visible()
    visitor.looks("signed-out")
    visitor.follows(page.get_by_role("link", name="Sign out of"))
    assert page.url.startswith(provider.issuer)
    visitor.follows(page.locator("form button").first)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    visitor.faults.clear()
    visitor.opens("/my/alpha/nearby/")
    expect(page.get_by_role("heading", name="Neighbour Nora")).to_have_count(0)
    assert not visitor.flaws()
    assert SocialAccount.objects.filter(user__username="nora").count() == 1
