"""All mail leaves by the outbox."""

import ast
from pathlib import Path

import pytest
from allauth import __file__ as allauth_file
from django.urls import get_resolver, resolve, reverse

from recportal.accounts.mails import CHANGES
from recportal.accounts.routes import ACTS, act
from tests.installation import ROOT, checkout_files

#: What sends a mail, or is one, in Django.
SENDERS = {"send_mail", "send_mass_mail", "mail_admins", "mail_managers", "EmailMessage",
           "EmailMultiAlternatives", "email_user", "get_connection"}  # fmt: skip

#: Mails of allauth's that are no notices, or are of ways in that this register does not have.
OTHERS = {
    "login_code", "email_confirmation", "unknown_account", "password_reset_key",
    "account_already_exists", "email_confirmation_signup", "password_reset_code", "webauthn_added",
    "webauthn_removed",
}  # fmt: skip

pytestmark = pytest.mark.once


def test_nothing_else_sends_mail() -> None:
    found = [
        name
        for name in checkout_files()
        if name.endswith(".py") and not name.startswith(("tests/", "recportal/mail/"))
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if (isinstance(node, ast.Name) and node.id in SENDERS)
        or (isinstance(node, ast.Attribute) and node.attr in SENDERS)
        or (isinstance(node, ast.alias) and node.name in SENDERS)
    ]
    assert not found


def test_each_mail_of_allauths_has_a_text_of_ours() -> None:
    theirs = {
        file.name.removesuffix("_subject.txt")
        for file in Path(allauth_file).parent.glob("templates/*/email/*_subject.txt")
    }
    assert theirs, "allauth keeps its mails elsewhere now"
    assert theirs - OTHERS == CHANGES
    text = (ROOT / "templates/mail/notification.txt").read_text()
    assert {change for change in CHANGES if f'"{change}"' not in text} == set()


def test_each_act_that_is_followed_by_a_mail_is_a_route() -> None:
    """A name that allauth does not have any more would leave an act without its transaction."""
    resolver = get_resolver()
    routes = {name for name in resolver.reverse_dict if isinstance(name, str)}
    assert routes >= ACTS
    for name in ACTS:
        arguments = resolver.reverse_dict.getlist(name)[0][0][0][1]
        view = resolve(reverse(name, args=["1-x"] * len(arguments))).func
        assert view.__code__ is act(view).__code__, name
