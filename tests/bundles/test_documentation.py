"""The examples of docs/bundles.md, run in their order; and its tables, held against the code."""

from __future__ import annotations

import re
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from members.models import Member
from recportal.bundles import shape
from recportal.bundles.celine import SYNONYMS

from .test_broken_bundles import ALL

TEXT = (Path(settings.BASE_DIR) / "docs" / "bundles.md").read_text()
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.django_db
def test_the_examples_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = []
    for kind, name, content in BLOCK.findall(TEXT):
        if kind == "yaml":
            Path(name).write_text(content)
        else:
            for command in re.findall(r"^\$ manage\.py (.*)\n((?:[^$].*\n)*)", content, re.MULTILINE):
                said = run(command[0])
                assert said[: len(command[1])] == command[1]
                ran.append(command[0])
    assert len(ran) == 9
    assert Member.objects.count() == 2


def run(command: str) -> str:
    out = StringIO()
    with suppress(SystemExit):
        call_command(*command.split(), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_every_field_and_every_synonym_is_documented() -> None:
    names = {
        *shape.COMMUNITY_TEXTS,
        *shape.COMMUNITY_DOCUMENTS,
        *shape.MEMBER_TEXTS,
        *shape.MEMBER_DOCUMENTS,
        *shape.ASSET_TEXTS,
        *shape.ASSET_DOCUMENTS,
    }
    for synonyms in SYNONYMS.values():
        names |= {*synonyms, *synonyms.values()}
    table = {
        name for row in re.findall(r"^\|.*\|$", TEXT, re.MULTILINE) for name in re.findall(r"[\w]+", row)
    }
    assert names - table == set()


def test_every_code_is_documented() -> None:
    known = set(re.findall(r"`([a-z_0-9]+)`", TEXT))
    met = {code for broken in ALL for _record, _place, code in broken.faults}
    assert met - known == set()
