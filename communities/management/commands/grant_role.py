from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communities.models import Community, StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level


class Command(BaseCommand):
    help = "Give an account a staff role in one community, or in all; a role that it has there is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("community", help="the key of a community, or the word all")
        parser.add_argument("level", choices=Level.values)

    def handle(self, *args: Any, username: str, community: str, level: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account with the user name {username}.")
        where = None
        if community != "all":
            where = Community.objects.filter(key=community).first()
            if where is None:
                raise CommandError(f"There is no community with the key {community}.")
        role, _created = StaffRole.objects.update_or_create(
            user=user, community=where, defaults={"level": level}
        )
        self.stdout.write(str(role))
