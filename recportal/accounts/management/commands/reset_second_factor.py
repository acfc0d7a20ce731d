from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from recportal.accounts.models import User
from recportal.documents.text import shown


class Command(BaseCommand):
    help = (
        "Remove the second factor of an account and its recovery codes: its owner has lost them, or the"
        " secret key is another one. The page of the account in the admin does the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.named(username)
        if user is None:
            message = _("There is no account with the user name %(name)s.")
            raise CommandError(message % {"name": shown(username)})
        gone, _kinds = Authenticator.objects.filter(user=user).delete()
        if not gone:
            message = _("The account %(name)s has no second factor.")
            raise CommandError(message % {"name": shown(username)})
        self.stdout.write(_("The second factor of %(name)s was removed.") % {"name": shown(username)})
