"""What `manage.py check --deploy` says of accounts."""

from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError, connection

from .models import User


@register(Tags.security, deploy=True)
def demo_accounts_are_gone(**_options: Any) -> list[CheckMessage]:
    """``accounts.E001`` while a demo account exists: everybody knows its password.

    A database that is not migrated yet has no accounts and is left alone; ``accounts.W001`` says of one that
    does not answer that it was not asked.
    """
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return []  # to look would be to create the file
    try:
        with connection.cursor() as cursor:
            if User._meta.db_table not in connection.introspection.table_names(cursor):
                return []
        names = list(User.objects.filter(is_demo=True).values_list("username", flat=True)[:10])
    except DatabaseError as error:
        return [Caution(f"The database was not asked for demo accounts: {error}", id="accounts.W001")]
    if not names:
        return []
    return [
        Error(
            f"There are demo accounts, whose password everybody knows: {', '.join(names)}.",
            hint="Another superuser deletes them in the admin. Or use another database.",
            id="accounts.E001",
        )
    ]
