"""A register of one community, or of several, about whose records nothing looks wrong.

What looks for notices finds none here, and so has nothing to stop at. As a program it times every page of the
admin over such a register:

    python -m tests.bench sound [-- --members 100000 --communities 1]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recportal.documents.text import compact

from .fiction import Household, Place, Row, community, households
from .registers import fill_places


def fill_sound(members: int, communities: int = 1) -> None:
    """So many members, each with a pv and its meter, spread evenly over the communities."""
    each = members // communities
    wanted = [
        Place(1 + index, 1 + index * each, 1 + 2 * index * each, 2 * each, own=False)
        for index in range(communities)
    ]
    fill_places(wanted, sound_community, sound_households)


def sound_community(place: Place) -> Row:
    row = community(place)
    row["legal"] = compact({"name": f"{row['name']} S.c."})
    row["contact"] = compact({"email": f"{place.key}@example.org", "phone": "+39 0461 000"})
    return row


def sound_households(place: Place) -> Iterator[Household]:
    for household in households(place):
        member, (device, meter) = household.member, household.assets
        member |= {"status": "active", "role": "prosumer", "area": "north"}
        member["user_id"] = member["user_id"] or f"user-{member['id']:08}"
        device |= _pv(device)
        meter["relationships"] = compact({"measures": [device["key"]]})
        yield household


def _pv(device: Row) -> dict[str, Any]:
    number = device["key"].partition("-")[2]
    properties = {"capacity_kwp": device["id"] % 40 / 2 + 1, "installation_date": "2020-05-01"}
    return {"asset_type": "pv", "key": f"pv-{number}", "properties": compact(properties)}
