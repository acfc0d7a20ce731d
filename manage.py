#!/usr/bin/env python3
"""Django's command line for recportal."""

import os
import sys


def main() -> None:
    """Run one management command; a configuration that cannot be read ends it with one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recportal.settings")

    from django.core.management import execute_from_command_line

    from recportal.environment import ConfigurationError

    try:
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
