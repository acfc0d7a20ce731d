"""What the benches measure is a valid register, and the benches run."""

import gc
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.records.models import Record
from tests.bench.fiction import OWN_IDS
from tests.bench.registers import fill


@pytest.fixture
def filled(transactional_db: None) -> None:
    """A register of 2,000 assets.

    Filling needs SQLite's file for itself. A connection that another test closed is there as long as one of
    its cursors is, and the traceback of a refused statement may keep that until it is collected.
    """
    gc.collect()
    fill(2000)


def test_everything_in_a_filled_register_holds(filled: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_registry")
    assert "Communities 12, members 1000, assets 2000." in capsys.readouterr().out


def test_the_words_to_search_are_those_that_saving_makes(filled: None) -> None:
    models: tuple[type[Record], ...] = (Community, Member, Asset)
    for model in models:
        for record in model._default_manager.all()[:600]:
            filled_with = record.search_text
            record.stamp(record)
            assert record.search_text == filled_with, record


def test_a_managers_own_communities_are_the_last_ones(filled: None) -> None:
    own = Community.objects.filter(pk__gt=OWN_IDS)
    assert own.count() == 10
    assert [each.pk for each in Community.objects.order_by("key")][-10:] == [each.pk for each in own]
    assert Asset.objects.filter(community__in=own).count() == 1000


@pytest.mark.proof
def test_a_quick_bench_has_figures_and_no_error(tmp_path: Path) -> None:
    """All in one run, as they share their registers: two of them would make the same database at once."""
    engine = os.environ.get("RECPORTAL_TEST_ENGINE", "sqlite")
    environment = {**os.environ, "RECPORTAL_BENCH_FOLDER": str(tmp_path)}
    benches = ["api", "pages", "memory"]
    command = [sys.executable, "-m", "tests.bench", *benches, "--engine", engine, "--quick"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for title in ("The API", "Pages of a member", "Memory of one worker"):
        assert re.search(rf"^## {title} on {engine}", done.stdout, re.MULTILINE), done.stdout
