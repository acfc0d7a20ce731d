"""Letters that look like others are a notice: nobody can say which was meant."""

import pytest

from assets.notices import asset_notices
from members.identifiers import problem
from members.notices import member_notices
from tests.factories import AssetFactory, MemberFactory

pytestmark = pytest.mark.django_db

#: A Cyrillic letter for the Latin A, E or O.
A, E, O_ = "\u0410", "\u0415", "\u041e"


def test_letters_of_two_alphabets_in_one_id() -> None:
    member = MemberFactory.create(
        user_id=f"{A}nna",
        extra={"did": f"did:web:{E}xample"},
        delivery_points=[{"id": f"IT999{E}00000001", "type": "pod"}],
    )
    asset = AssetFactory.create(
        owner=member, asset_type="meter", sensor_id=f"S{O_}1", properties={"pod": f"IT999{E}00000001"}
    )
    found = {each.path for each in member_notices(member) if each.code == "look_alikes"}
    assert found == {"user_id", "extra.did", "delivery_points[0].id"}
    found = {each.path for each in asset_notices(asset) if each.code == "look_alikes"}
    assert found == {"sensor_id", "properties.pod"}


@pytest.mark.parametrize("user_id", ["\u0410\u043d\u043d\u0430", "Anna", "J\u00f6rg", "\u592a\u967d 1"])
def test_an_id_in_one_alphabet_is_none(user_id: str) -> None:
    member = MemberFactory.create(user_id=user_id)
    assert [each for each in member_notices(member) if each.code == "look_alikes"] == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("pod", "IT999E0000O001"),
        ("prm", "O0012345678901"),
        ("malo", "4l373559241"),
        ("cups", "ES12341234567890I2JY"),
        ("zp", "AT00100000O0000000001000000054321"),
    ],
)
def test_a_letter_for_a_digit(kind: str, name: str) -> None:
    assert "O for 0" in str(problem(kind, name))
