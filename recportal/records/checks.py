"""What `manage.py check --deploy` says of the program's own files."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def program_is_not_the_accounts_own(**_options: Any) -> list[CheckMessage]:
    """``records.E001`` when the account that runs the program could change it.

    A fault in the service would then be a way to run code as the next account that starts the program, such
    as root during an upgrade. Run as root, the check cannot ask on behalf of the service's account, and
    reports nothing.
    """
    if os.geteuid() == 0:
        return []
    program, packages = Path(settings.BASE_DIR), Path(sys.prefix).resolve()
    folders = [program] if packages.is_relative_to(program) else [program, packages]
    found = next(changeable(folders, apart=settings.DATA_DIR), None)
    if found is None:
        return []
    return [
        Error(
            f"The account that runs the program can change it: {found} is its own, or open to it.",
            hint="Make root the owner of the program and of the folders above it; DATA_DIR is for data.",
            id="records.E001",
        )
    ]


def changeable(folders: list[Path], apart: Path) -> Iterator[Path]:
    """Paths of the program, and of the folders above it, that this account could write or replace."""
    for folder in folders:
        folder = folder.resolve()
        # Whoever may write a folder may put another one in the place of what lies in it.
        yield from filter(_is_replaceable_in, folder.parents)
        for parent, names, files in os.walk(folder):
            here = Path(parent)
            names[:] = [name for name in names if here / name != apart]
            yield from filter(_is_writable, [here, *(here / name for name in files)])


def _is_writable(path: Path) -> bool:
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        return False  # the folder that it lies in decides
    return about.st_uid == os.geteuid() or os.access(path, os.W_OK, effective_ids=True)


def _is_replaceable_in(folder: Path) -> bool:
    """In a folder such as /tmp, the sticky bit leaves each file to its owner."""
    return _is_writable(folder) and not (
        folder.stat().st_mode & stat.S_ISVTX and folder.stat().st_uid != os.geteuid()
    )
