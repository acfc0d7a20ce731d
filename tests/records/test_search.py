"""Searching: every word, accents and case aside, ids in any spelling; hostile questions find nothing."""

from typing import Any

import pytest

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.records.querysets import LONGEST_SEARCH
from tests.factories import AssetFactory, CommunityFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def registered() -> None:
    community = CommunityFactory.create(
        key="sole", name="Comunità del Sole", legal={"name": "Sole APS", "vat": "IT00000000000"}
    )
    member = MemberFactory.create(
        community=community,
        key="m-0007",
        name="Caffè Müller",
        user_id="kc-4711",
        delivery_points=[{"id": "IT999E-1234.5678", "type": "pod"}],
        extra={"email": "cassa@example.org"},
    )
    AssetFactory.create(
        owner=member,
        key="pv-1",
        name="Tetto sud",
        sensor_id="EUI-00:11",
        device={"serial_number": "SN42"},
        properties={"pod": "IT999 E 12345678"},
    )
    MemberFactory.create(community=community, key="m-0008", name="Altro")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Community, "comunita SOLE"),
        (Community, "sole aps"),
        (Community, "it00000000000"),
        (Member, "caffe muller"),
        (Member, "MÜLLER caffè"),
        (Member, "m-0007"),
        (Member, "4711"),
        (Member, "it999e12345678"),
        (Member, "IT999E-1234.5678"),
        (Member, "IT 999 E 1234 5678"),
        (Member, "cassa@example"),
        (Asset, "tetto"),
        (Asset, "eui-00:11"),
        (Asset, "sn42"),
        (Asset, "IT999E12345678"),
        (Asset, "12345678"),
    ],
)
def test_a_record_is_found_by_what_it_is_known_by(registered: None, model: Any, words: str) -> None:
    assert [record.pk for record in model.objects.search(words)] == [model.objects.order_by("pk").first().pk]


@pytest.mark.parametrize("words", ["", "  ", "\t"])
def test_no_words_find_everything(registered: None, words: str) -> None:
    assert Member.objects.search(words).count() == 2


@pytest.mark.parametrize("words", ["100%", "_", "muller%", "\\", "caffe altro", "'", '"'])
def test_signs_are_signs(registered: None, words: str) -> None:
    assert not Member.objects.search(words).exists()


@pytest.mark.parametrize(
    "words",
    [
        "\x00",
        "a\x00",
        "\ud800",
        "x" * 100_000,
        "a " * 5_000,
        "%" * LONGEST_SEARCH,
        "a " * (LONGEST_SEARCH // 2),
        "ﷺ" * LONGEST_SEARCH,
    ],
)
def test_a_hostile_question_finds_nothing(registered: None, words: str) -> None:
    for model in (Community, Member, Asset):
        found: Any = model.objects.search(words)
        assert list(found) in ([], list(model.objects.all()))


def test_a_renamed_record_is_found_by_its_new_name_only(registered: None) -> None:
    member = Member.objects.get(key="m-0007")
    member.name = "Bar Centrale"
    member.save()
    assert Member.objects.search("centrale").get() == member
    assert not Member.objects.search("muller").exists()
