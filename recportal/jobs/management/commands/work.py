from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from recportal.jobs.worker import work


class Command(BaseCommand):
    help = (
        "Send the mails that wait and do the work that is due, until SIGTERM. It runs beside the web server; "
        "several may run at once. What a killed one had begun is taken up again when its lease ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is due any more")
        parser.add_argument(
            "--lease", type=float, metavar="SECONDS", help="how long a piece of work is taken"
        )

    def handle(self, *args: Any, once: bool, lease: float | None, **options: Any) -> None:
        work(timedelta(seconds=lease) if lease else None, once=once)
