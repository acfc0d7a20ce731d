from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from communities.models import Community, StaffRole
from members.invitations import bind
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.bundles import demo
from recportal.bundles.fictional import add_production_arguments, require_development
from recportal.bundles.importing import import_file

_FILE: Final = Path(demo.__file__).with_name("demo.yaml")
_KEY: Final = "cer-val-lumarna"
#: Known to everybody, which is why these accounts are for development only (``User.is_demo``).
_PASSWORD: Final = "recportal-demo"  # noqa: S105
#: Whose record the account `member` sees: one with an asset of nearly every type.
_MEMBER: Final = "m-011"
#: User name → level in the demo community (None: no role at all), and what to say of the account.
_ACCOUNTS: Final = {
    "admin": (None, "superuser, may do everything"),
    "manager": (Level.MANAGER, "manages the demo community"),
    "viewer": (Level.VIEWER, "sees the demo community"),
    "member": (None, "a member of the demo community, sees the own record"),
    "stranger": (None, "has no role"),
}


class Command(BaseCommand):
    help = (
        "Load the demo community where there is no community yet. In development (DEBUG) also make demo "
        "accounts for it, where there is no account yet, and print how to sign in. Changes nothing else, "
        "however often it runs. Refused in production, unless asked twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_production_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_development(options)
        with transaction.atomic():
            loaded = self._load_community()
            if settings.DEBUG and not User.objects.exists():
                _make_accounts()
        if loaded:
            self.stdout.write(f"The demo community {_KEY} is loaded.")
        if settings.DEBUG:
            self._print_logins()

    def _load_community(self) -> bool:
        if Community.objects.exists():
            return False
        plan = import_file(_FILE.read_bytes(), _FILE.name)
        assert plan.applied, [fault for step in plan.steps for fault in step.faults]
        return True

    def _print_logins(self) -> None:
        """The demo accounts whose password is still the one that everybody knows."""
        accounts = [
            user
            for user in User.objects.filter(is_demo=True, is_active=True)
            if user.check_password(_PASSWORD)
        ]
        if not accounts:
            self.stdout.write(
                "There are no demo accounts here. `manage.py createsuperuser` makes an account."
            )
            return
        self.stdout.write(f"Sign in with the password {_PASSWORD} as")
        for user in accounts:
            remark = _ACCOUNTS[user.username][1] if user.username in _ACCOUNTS else ""
            self.stdout.write(f"  {user.username:<10}{remark}".rstrip())


def _make_accounts() -> None:
    community = Community.objects.filter(key=_KEY).first()
    if community is None:
        return
    for username, (level, _remark) in _ACCOUNTS.items():
        user = User.objects.create_user(
            username,
            f"{username}@example.org",
            _PASSWORD,
            is_superuser=username == "admin",
            is_demo=True,
        )
        if level:
            StaffRole.objects.create(user=user, community=community, level=level)
        if username == "member":
            bind(community.members.get(key=_MEMBER), user, "command", "Demo account")
