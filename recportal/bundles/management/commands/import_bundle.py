import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from recportal.bundles.bundle import Bundle, BundleUnreadable, FileFault, read_bundle
from recportal.bundles.importing import import_bundle
from recportal.bundles.parsing import LARGEST_FILE
from recportal.bundles.plan import Plan
from recportal.bundles.plan import Progress as Callback
from recportal.bundles.report import Outcome, as_json, as_lines, removals
from recportal.documents.faults import say
from recportal.records.another import ANOTHER


class Command(BaseCommand):
    help = (
        "Import communities from bundles, native or CELINE, YAML or JSON. All files are applied in one "
        "transaction: all of them or none. Exit code 0: applied, or clean in a dry run; 1: refused, and "
        "nothing written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a bundle")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and write nothing")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="make the communities exactly what the files say, removing the rest",
        )
        parser.add_argument(
            "--confirm",
            action="append",
            choices=list(ANOTHER),
            default=[],
            help="do what was refused with this code, since you have looked at it; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--all",
            action="store_true",
            dest="whole",
            help="list every record, change and error, however many there are",
        )

    def handle(self, *args: Any, files: list[str], dry_run: bool, replace: bool, **options: Any) -> None:
        outcomes: dict[int, Outcome] = {}
        bundles: dict[int, Bundle] = {}
        for number, name in enumerate(files):
            try:
                bundles[number] = _read(name)
            except BundleUnreadable as error:
                outcomes[number] = error
        # With one file unreadable nothing is applied, but what the others would do is still worth knowing.
        rehearsal = dry_run or len(bundles) < len(files)
        # In the order of their keys, so that two commands never wait for each other's communities.
        order = sorted(bundles, key=lambda number: str(bundles[number].community.get("key")))
        try:
            wanted = [(files[number], bundles[number]) for number in order]
            plans = self._import(wanted, rehearsal, replace, options["confirm"])
        except OperationalError as error:
            raise CommandError(_("The database did not answer: %(error)s") % {"error": error}) from error
        outcomes |= zip(order, plans, strict=True)
        named = [(files[number], outcomes[number]) for number in sorted(outcomes)]
        self._print(named, dry_run, options["json"], options["whole"])
        if any(_is_refused(outcome) for outcome in outcomes.values()):
            sys.exit(1)

    def _import(
        self, named: list[tuple[str, Bundle]], rehearsal: bool, replace: bool, confirmed: list[str]
    ) -> list[Plan]:
        """The plans, carried out unless this is a rehearsal or one of them is refused."""
        options: dict[str, Any] = {"replace": replace, "confirmed": confirmed, "door": "command"}
        with _progress() as options["progress"]:
            if rehearsal and len(named) == 1:
                ((name, bundle),) = named
                return [import_bundle(bundle, name=Path(name).name, dry_run=True, **options)]
            # Several files can be in each other's way, and so they are carried out even in a rehearsal.
            options["announce"] = None if rehearsal else self._announce
            with transaction.atomic():
                plans = [import_bundle(bundle, name=Path(name).name, **options) for name, bundle in named]
                if rehearsal or any(plan.refused for plan in plans):
                    transaction.set_rollback(True)
                    for plan in plans:
                        plan.applied = False
        return plans

    def _announce(self, plan: Plan) -> None:
        self.stderr.write(f"{plan.community.key}: {removals(plan)}", self.style.WARNING)

    def _print(
        self, outcomes: list[tuple[str, Outcome]], dry_run: bool, json_wanted: bool, whole: bool
    ) -> None:
        if json_wanted:
            reports = [as_json(name, outcome, whole=whole) for name, outcome in outcomes]
            self.stdout.write(json.dumps(reports, indent=2))
            return
        if hasattr(self.stdout, "reconfigure"):
            # What was imported is imported: the report must not fail on a letter that a terminal cannot show.
            self.stdout.reconfigure(errors="backslashreplace")
        for name, outcome in outcomes:
            for line in as_lines(name, outcome, dry_run=dry_run, whole=whole):
                self.stdout.write(line)


def _read(name: str) -> Bundle:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        message = say(_("The file cannot be read: %(problem)s."), problem=error.strerror)
        raise BundleUnreadable([FileFault((), "file_not_read", message)]) from None
    return read_bundle(content, name)


def _is_refused(outcome: Outcome) -> bool:
    return isinstance(outcome, BundleUnreadable) or outcome.refused


@contextmanager
def _progress() -> Iterator[Callback]:
    """A bar on the terminal's error stream; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}
        labels = {"plan": _("Planning"), "write": _("Writing"), "holdings": _("Settling holdings")}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(labels[stage], total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show
