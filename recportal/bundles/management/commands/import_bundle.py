import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from recportal.bundles.bundle import Bundle, BundleUnreadable, read_bundle
from recportal.bundles.importing import import_bundle
from recportal.bundles.parsing import LARGEST_FILE
from recportal.bundles.plan import Plan
from recportal.bundles.plan import Progress as Callback
from recportal.bundles.report import as_json, as_lines, unreadable_as_json, unreadable_as_lines


class Command(BaseCommand):
    help = (
        "Import communities from bundles, native or CELINE, YAML or JSON. All files are applied in one transaction: all "
        "of them or none. Exit code 0: applied, or clean in a dry run; 1: refused, and nothing written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a bundle")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and write nothing")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="make the communities exactly what the files say, removing the rest",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, files: list[str], dry_run: bool, replace: bool, **options: Any) -> None:
        report = _Report(self, as_json=options["json"])
        bundles = [bundle for name in files if (bundle := self._read(name, report))]
        # With one file unreadable nothing can be applied, but what the others would do is still worth knowing.
        dry_run = dry_run or len(bundles) < len(files)
        self._import(bundles, report, dry_run=dry_run, replace=replace)
        report.print()
        if report.refused:
            sys.exit(1)

    def _read(self, name: str, report: "_Report") -> tuple[str, Bundle] | None:
        try:
            with Path(name).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from None
        try:
            return name, read_bundle(content, name)
        except BundleUnreadable as error:
            report.add_unreadable(name, error)
            return None

    def _import(
        self, bundles: list[tuple[str, Bundle]], report: "_Report", *, dry_run: bool, replace: bool
    ) -> None:
        # In the order of their keys, so that two commands never wait for each other's communities.
        bundles = sorted(bundles, key=lambda named: str(named[1].community.get("key")))
        options: dict[str, Any] = {"dry_run": dry_run, "replace": replace, "door": "command"}
        with _progress() as progress:
            if dry_run:
                for name, bundle in bundles:
                    report.add(
                        name, import_bundle(bundle, name=Path(name).name, progress=progress, **options)
                    )
                return
            with transaction.atomic():
                for name, bundle in bundles:
                    report.add(
                        name, import_bundle(bundle, name=Path(name).name, progress=progress, **options)
                    )
                if report.refused:
                    transaction.set_rollback(True)
                    report.nothing_was_applied()


class _Report:
    def __init__(self, command: BaseCommand, *, as_json: bool) -> None:
        self.refused = False
        self._command = command
        self._as_json = as_json
        self._plans: list[tuple[str, Plan]] = []
        self._unreadable: list[tuple[str, BundleUnreadable]] = []

    def add(self, name: str, plan: Plan) -> None:
        self._plans.append((name, plan))
        self.refused = self.refused or plan.refused

    def add_unreadable(self, name: str, error: BundleUnreadable) -> None:
        self._unreadable.append((name, error))
        self.refused = True

    def nothing_was_applied(self) -> None:
        for _name, plan in self._plans:
            plan.applied = False

    def print(self) -> None:
        out = self._command.stdout
        if self._as_json:
            reports = [unreadable_as_json(name, error) for name, error in self._unreadable]
            reports += [as_json(name, plan) for name, plan in self._plans]
            out.write(json.dumps(reports, ensure_ascii=False, indent=2))
            return
        for name, error in self._unreadable:
            out.writelines(f"{line}\n" for line in unreadable_as_lines(name, error))
        for name, plan in self._plans:
            out.writelines(f"{line}\n" for line in as_lines(name, plan))


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
