from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from communities.models import Community, StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.text import shown
from recportal.text import stored

EVERYWHERE: Final = "all"


class Command(BaseCommand):
    help = "Give an account a staff role in one community, or in all; a role that it has there is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("community", help="the key of a community, or the word all")
        parser.add_argument("level", choices=Level.values)

    def handle(self, *args: Any, username: str, community: str, level: str, **options: Any) -> None:
        user = User.objects.named(username)
        if user is None:
            message = _("There is no account with the user name %(name)s.")
            raise CommandError(message % {"name": shown(username)})
        role, _created = StaffRole.objects.update_or_create(
            user=user, community=_community(community), defaults={"level": level}
        )
        self.stdout.write(str(role))


def _community(key: str) -> Community | None:
    """The community that is meant; None for all of them."""
    key = stored(key)
    found = Community.objects.filter(key=key).first()
    if key == EVERYWHERE and found:
        raise CommandError(_("One community has the key “all”: give this role in the admin."))
    if key != EVERYWHERE and not found:
        raise CommandError(_("There is no community with the key %(key)s.") % {"key": shown(key)})
    return found
