import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from recportal.bundles.registry import Finding, RegistryCheck
from recportal.documents.text import shown


class Command(BaseCommand):
    help = (
        "Does everything stored still hold? Judges every record by its schemas and rules, compares holdings "
        "and history with it, and asks the database's constraints once more. Changes nothing. "
        "Exit code 0: everything holds; 1: something does not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument("--notices", action="store_true", help="also print what is valid but looks wrong")

    def handle(self, *args: Any, notices: bool, **options: Any) -> None:
        report: _Lines = _Json(self) if options["json"] else _Lines(self)
        with _bars(report) as progress:
            check = RegistryCheck(notices=notices, progress=progress)
            for finding in check.findings():
                report.add(finding)
        report.end(check.checked)
        if report.faults:
            sys.exit(1)


class _Lines:
    """A line for each finding, and some for the whole. Few are in memory: each batch ends with ``flush``."""

    def __init__(self, command: BaseCommand) -> None:
        self.faults = 0
        self.notices = 0
        self.pending: list[Finding] = []
        self._out = command.stdout

    def add(self, finding: Finding) -> None:
        if finding.is_notice:
            self.notices += 1
        else:
            self.faults += 1
        self.pending.append(finding)

    def flush(self) -> None:
        for finding in self.pending:
            self.print(finding)
        self.pending.clear()

    def print(self, finding: Finding) -> None:
        place = f"{finding.path}: " if finding.path else ""
        mark = _("notice") if finding.is_notice else _("fault")
        self.write(f"{shown(finding.record, 300)}: {mark}: {place}{finding.text} [{finding.code}]")

    def write(self, line: str) -> None:
        self._out.write(line)

    def end(self, checked: dict[str, int]) -> None:
        self.flush()
        counts = {
            "communities": checked["community"],
            "members": checked["member"],
            "assets": checked["asset"],
        }
        self.write(_("Communities %(communities)s, members %(members)s, assets %(assets)s.") % counts)
        if self.notices:
            self.write(_("Notices: %(count)s.") % {"count": self.notices})
        if self.faults:
            self.write(_("Faults: %(count)s.") % {"count": self.faults})
        else:
            self.write(_("Everything stored holds."))


class _Json(_Lines):
    """``{findings: [{kind, community, key, code, path, detail, notice}], checked, faults, notices}``"""

    def __init__(self, command: BaseCommand) -> None:
        super().__init__(command)
        self._separator = '{"findings": ['

    def print(self, finding: Finding) -> None:
        record = {
            "kind": finding.kind,
            "community": finding.community,
            "key": finding.key,
            "code": finding.code,
            "path": finding.path,
            "detail": str(finding.text),
            "notice": finding.is_notice,
        }
        self.write(self._separator + "\n  " + json.dumps(record, ensure_ascii=False))
        self._separator = ","

    def write(self, line: str) -> None:
        self._out.write(line, ending="")

    def end(self, checked: dict[str, int]) -> None:
        self.flush()
        opened = self._separator if self._separator != "," else "\n"
        summary = {"checked": checked, "faults": self.faults, "notices": self.notices}
        self.write(opened + "], " + json.dumps(summary).removeprefix("{") + "\n")


@contextmanager
def _bars(report: _Lines) -> Iterator[Any]:
    """A bar for each stage on the terminal's error stream; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    labels = {
        "communities": _("Communities"),
        "members": _("Members"),
        "assets": _("Assets"),
        "constraints": _("Constraints"),
    }
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(labels[stage], total=total)
            bars.update(tasks[stage], completed=done, total=total)
            if report.pending:
                bars.stop()  # else the lines are written into the bars, which may be on the same terminal
                report.flush()
                bars.start()

        yield show
