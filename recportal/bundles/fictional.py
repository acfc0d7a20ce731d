"""Commands that write fictional records: a register in production takes them only when asked twice."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError


def add_production_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--into-production",
        action="store_true",
        help="write fictional records although DEBUG is off; takes --yes as well",
    )
    parser.add_argument("--yes", action="store_true", help="confirms --into-production")


def require_development(options: dict[str, Any]) -> None:
    """Refuse outside of development, unless both arguments are given."""
    if settings.DEBUG or (options["into_production"] and options["yes"]):
        return
    raise CommandError(
        "This is an installation in production (DEBUG is off), and the records would be fictional: nothing "
        "was written. If you mean it, give both --into-production and --yes."
    )
