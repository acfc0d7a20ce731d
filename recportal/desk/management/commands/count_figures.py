from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from communities.models import Community
from recportal.desk.stored import count_again


class Command(BaseCommand):
    help = (
        "Count what communities add up to and what looks wrong in them, and keep the figures: dashboards "
        "over many records show them. Counts the communities without figures and those whose figures are "
        "older than an hour. Changes no record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="also those counted within the last hour")

    def handle(self, *args: Any, **options: Any) -> None:
        communities = Community.objects.all()
        if not options["all"]:
            hour_ago = timezone.now() - timedelta(hours=1)
            communities = communities.filter(Q(figures=None) | Q(figures__counted_at__lt=hour_ago))
        console = Console(stderr=True)
        counted = 0
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(_("Communities"), total=communities.count())
            for number in count_again(communities):
                counted += number
                progress.update(task, completed=counted)
        self.stdout.write(_("Communities counted: %(count)s.") % {"count": counted})
