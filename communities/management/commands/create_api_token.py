from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from communities.models import ApiToken, Community
from recportal.accounts.models import User
from recportal.text import stored


class Command(BaseCommand):
    help = "Make a token for the API and print it, this once. It may do what its account may, or less."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--read-only", action="store_true", help="the token does not write")
        parser.add_argument("--community", metavar="KEY", help="the token opens this community only")
        parser.add_argument("--days", type=int, metavar="N", help="the token expires after so many days")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.named(User.normalize_username(username))
        if user is None or not user.is_active:
            raise CommandError(f"There is no active account with the user name {username}.")
        community = None
        if options["community"] is not None:
            community = Community.objects.filter(key=stored(options["community"])).first()
            if community is None:
                raise CommandError(f"There is no community with the key {options['community']}.")
        days = options["days"]
        if days is not None and not 1 <= days <= 36500:
            raise CommandError("--days is a number from 1 to 36500.")
        _token, secret = ApiToken.issue(
            user,
            options["name"],
            community=community,
            read_only=options["read_only"],
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        self.stdout.write(secret)
