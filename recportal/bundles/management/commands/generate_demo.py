from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from recportal.bundles.bundle import Bundle
from recportal.bundles.demo import generate
from recportal.bundles.fictional import add_production_arguments, require_development
from recportal.bundles.importing import import_bundle
from recportal.bundles.writing import to_json, to_yaml

_FORMATS: Final = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_WRITERS: Final = {"json": to_json, "yaml": to_yaml}
#: What an import calls its stages, in plain words.
_STAGES: Final = {"plan": "checking", "write": "writing", "holdings": "settling holdings"}


class Command(BaseCommand):
    help = (
        "Make fictional communities, the same ones for the same seed, and import them; "
        "or, with --output, write them to bundle files instead. Into a register in production only when "
        "asked twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--communities", type=_count, default=1, metavar="N", help="how many (1)")
        parser.add_argument(
            "--members",
            type=_count,
            default=100,
            metavar="N",
            help="members of each community (100); it has twice as many assets",
        )
        parser.add_argument("--seed", type=_seed, default=1, metavar="S", help="a whole number (1)")
        parser.add_argument(
            "--output",
            type=Path,
            metavar="PATH",
            help="a folder, for one file KEY.json or KEY.yaml per community; or, for one community, "
            "a file whose name ends so. A file that exists is overwritten.",
        )
        parser.add_argument(
            "--format", choices=sorted(_WRITERS), help="of the files: as the name of PATH ends, else json"
        )
        add_production_arguments(parser)

    def handle(self, *args: Any, communities: int, members: int, seed: int, **options: Any) -> None:
        output: Path | None = options["output"]
        files = _Files(output, options["format"], communities) if output else None
        if not files:
            require_development(options)
        if options["format"] and not files:
            raise CommandError("--format is for files: say with --output where.")
        try:
            documents = generate(communities, members, seed)
        except ValueError as error:
            raise CommandError(f"{error}.")
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("communities", total=communities)
            for document in documents:
                if files:
                    files.write(document)
                else:
                    _import(document, f"generate_demo --seed {seed}", progress)
                progress.advance(task)
        self.stdout.write(
            f"{f'Wrote {output}' if output else 'Imported'}: communities {communities:,}, "
            f"members {communities * members:,}, assets {communities * members * 2:,}."
        )


def _import(document: dict[str, Any], reason: str, progress: Progress) -> None:
    task = progress.add_task(document["community"]["key"])

    def report(stage: str, done: int, total: int) -> None:
        progress.update(task, description=_STAGES.get(stage, stage), completed=done, total=total)

    bundle = Bundle("native", document["community"], document["members"], document["assets"])
    plan = import_bundle(bundle, name=reason, progress=report)
    progress.remove_task(task)
    if plan.refused:
        refused = [f"{step.kind} {step.key}: {fault.text}" for step in plan.steps for fault in step.faults]
        more = f"\n… and {len(refused) - 10} more" if len(refused) > 10 else ""
        raise CommandError(
            "Refused, for it does not fit what is registered:\n" + "\n".join(refused[:10]) + more
        )


class _Files:
    """Where the bundles go: a folder that is made when it is missing, or one file."""

    def __init__(self, path: Path, form: str | None, communities: int) -> None:
        ending = _FORMATS.get(path.suffix.lower())
        self.file = path if ending and not path.is_dir() else None
        if self.file and communities != 1:
            raise CommandError("Several communities need a folder: --output names a file.")
        if self.file and form and form != ending:
            raise CommandError(f"--format is {form}, but {path} is the name of a {ending} file.")
        self.form: str = (ending if self.file else None) or form or "json"
        self.folder = path.parent if self.file else path
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{self.folder} cannot be made: {error.strerror}.")

    def write(self, document: dict[str, Any]) -> None:
        path = self.file or self.folder / f"{document['community']['key']}.{self.form}"
        try:
            path.write_text(_WRITERS[self.form](document), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.")


def _count(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise ArgumentTypeError("at least 1 is needed")
    return number


def _seed(text: str) -> int:
    number = _whole(text)
    if abs(number) >= 10**18:
        raise ArgumentTypeError("at most 18 digits, for the seed is part of every key")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number")
