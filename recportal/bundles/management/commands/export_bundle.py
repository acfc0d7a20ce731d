from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communities.models import Community
from recportal.bundles.exporting import export_bundle


class Command(BaseCommand):
    help = (
        "Write communities as bundles: one to the standard output, or each to a file of its own in a folder."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("keys", nargs="+", metavar="KEY", help="the key of a community")
        parser.add_argument("--format", choices=["native", "celine"], default="native", dest="dialect")
        parser.add_argument("--json", action="store_true", help="JSON instead of YAML")
        parser.add_argument(
            "--output", metavar="FOLDER", type=Path, help="write <key>.yaml or <key>.json there"
        )

    def handle(self, *args: Any, keys: list[str], dialect: Any, output: Path | None, **options: Any) -> None:
        if len(keys) > 1 and output is None:
            raise CommandError("Several communities need a folder: give --output.")
        communities = {community.key: community for community in Community.objects.filter(key__in=keys)}
        missing = [key for key in keys if key not in communities]
        if missing:
            raise CommandError(f"There is no community with the key {', '.join(missing)}.")
        form = "json" if options["json"] else "yaml"
        for key in keys:
            text = export_bundle(communities[key], dialect, form)  # type: ignore[arg-type]  # a word of two
            if output is None:
                self.stdout.write(text, ending="")
                continue
            try:
                output.mkdir(parents=True, exist_ok=True)
                file = output / f"{key.replace(':', '_')}.{form}"
                file.write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{output}: {error.strerror}") from None
            self.stdout.write(str(file))
