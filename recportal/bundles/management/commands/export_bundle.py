import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, get_args

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from communities.models import Community
from recportal.bundles.bundle import Dialect
from recportal.bundles.exporting import export_file
from recportal.bundles.writing import Form
from recportal.documents.text import shown


class Command(BaseCommand):
    help = (
        "Write communities as bundles: one to the standard output, or each to a file of its own in a folder."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("keys", nargs="+", metavar="KEY", help="the key of a community")
        parser.add_argument("--format", choices=get_args(Dialect), default="native", dest="dialect")
        parser.add_argument("--json", action="store_true", help="JSON instead of YAML")
        parser.add_argument(
            "--output", metavar="FOLDER", type=Path, help="write <key>.yaml or <key>.json there"
        )

    def handle(
        self, *args: Any, keys: list[str], dialect: Dialect, output: Path | None, **options: Any
    ) -> None:
        if len(keys) > 1 and output is None:
            raise CommandError(_("Several communities need a folder: give --output."))
        communities = {each.key: each for each in Community.objects.filter(key__in=keys).only("key")}
        missing = ", ".join(shown(key) for key in keys if key not in communities)
        if missing:
            raise CommandError(_("There is no community with the key %(keys)s.") % {"keys": missing})
        form: Form = "json" if options["json"] else "yaml"
        for key in keys:
            with export_file(communities[key], dialect, form) as file:
                if output is None:
                    if hasattr(self.stdout, "reconfigure"):
                        self.stdout.reconfigure(encoding="utf-8")  # as bundles are, whatever the terminal is
                    for line in file:
                        self.stdout.write(line.decode(), ending="")
                else:
                    self.stdout.write(str(_written(file, output, key, form)))


def _written(file: IO[bytes], folder: Path, key: str, form: Form) -> Path:
    # Not every file system takes a colon, and no key has a percent sign.
    path = folder / f"{key.replace(':', '%3A')}.{form}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            shutil.copyfileobj(file, target)
    except OSError as error:
        message = _("%(path)s cannot be written: %(problem)s.")
        raise CommandError(message % {"path": path, "problem": error.strerror}) from None
    return path
