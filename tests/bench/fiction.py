"""The rows of a large register: valid, fictional, and the same each time.

A manager's **own** ten communities hold 1,000 assets and 500 members altogether, whatever the size; what
grows is the register around them. They have the last keys and the highest ids, so that whatever walks through
the others to get at them shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from recportal.documents.text import compact
from recportal.records.fields import fold

#: Assets of a community of the register around; it has half as many members.
PER_COMMUNITY: Final = 500
#: Assets of each of the ten own communities: 1,000 in all, and one of them has more than a page of 500.
OWN: Final = (550, *[50] * 9)
#: Ids of the own communities and their records begin behind this; the others' begin at 1.
OWN_IDS: Final = 10_000_000

_FIRST_DAY: Final = datetime(2022, 1, 1, 8, tzinfo=UTC)
_MINUTES: Final = 3 * 365 * 24 * 60
_SPREAD: Final = 61_803_399  # a prime, so that neighbours are far apart in time
_NAMES: Final = (
    "Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Giulia", "Hans", "Irene", "Jürgen", "Karin", "Luca",
    "Maria", "Nicolò", "Olga", "Paolo", "Rosa", "Sergio", "Teresa", "Ugo",
)  # fmt: skip
_FAMILIES: Final = (
    "Alberti", "Bianchi", "Colombo", "De Luca", "Esposito", "Ferrari", "Gallo", "Hofer", "Innerhofer",
    "Janni", "Kofler", "Longo", "Moretti", "Neri", "Oberrauch", "Pichler", "Russo", "Santi", "Unterholzer",
)  # fmt: skip
_ROLES: Final = ("prosumer", "consumer", "consumer", "prosumer", "producer", "consumer", "prosumer")
_STATUSES: Final = ("active",) * 17 + ("pending", "suspended", "inactive")
_AREAS: Final = ("north", "south", "valley", "")
#: What a member has beside its meter.
_TYPES: Final = ("pv", "pv", "storage", "pv", "heat_pump", "pv", "ev_charger", "pv", "load")
_NOUNS: Final = {
    "pv": "Roof", "storage": "Battery", "heat_pump": "Heat pump", "ev_charger": "Charger", "load": "Pump",
}  # fmt: skip
_SIZES: Final = {
    "pv": ("capacity_kwp", 40),
    "storage": ("capacity_kwh", 30),
    "heat_pump": ("thermal_power_kw", 20),
    "ev_charger": ("max_power_kw", 22),
    "load": ("rated_power_kw", 15),
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """One community to be filled: its number, and the numbers of its first member and its first asset."""

    number: int
    first_member: int
    first_asset: int
    assets: int
    own: bool

    @property
    def key(self) -> str:
        return f"{'zone' if self.own else 'rec'}-{self.number % OWN_IDS:05}"


def places(assets: int) -> Iterator[Place]:
    """The communities of a register of so many assets: the own ones last."""
    around = (assets - sum(OWN)) // PER_COMMUNITY
    for index in range(around):
        first = index * PER_COMMUNITY
        yield Place(1 + index, 1 + first // 2, 1 + first, PER_COMMUNITY, own=False)
    first = OWN_IDS
    for index, count in enumerate(OWN):
        yield Place(OWN_IDS + 1 + index, 1 + OWN_IDS + (first - OWN_IDS) // 2, 1 + first, count, own=True)
        first += count


def moment(number: int) -> str:
    """Some minute of three years, as both engines read it."""
    return f"{_FIRST_DAY + timedelta(minutes=number * _SPREAD % _MINUTES):%Y-%m-%d %H:%M:%S.%f}"


def community(place: Place) -> Row:
    number = place.number % OWN_IDS
    vat = f"{number:011}"
    words = [place.key, f"Energy community {number}", f"Community {number} S.c.", vat]
    nodes: list[dict[str, Any]] = [{"id": f"{place.key}-cp", "type": "primary_substation", "name": "Plant"}]
    nodes[0]["children"] = [f"{place.key}-{area}" for area in _AREAS[:3]]
    nodes += [{"id": f"{place.key}-{area}", "type": "feeder"} for area in _AREAS[:3]]
    areas = {
        area: {"name": area.title(), "topology": [f"{place.key}-{area}"], "geometry": _square(number, step)}
        for step, area in enumerate(_AREAS[:3])
    }
    return {
        "id": place.number, "key": place.key, "name": words[1], "areas": compact(areas),
        "topology": compact(nodes), "legal": compact({"name": words[2], "vat": vat}),
        "contact": compact({"email": f"{place.key}@example.org"}),
        "settings": compact({"country": "IT", "timezone": "Europe/Rome", "currency": "EUR"}),
        "version": 1, "search_text": fold("\n".join(words)), **_times(place.number),
    }  # fmt: skip


def _square(number: int, step: int) -> dict[str, Any]:
    west, south = 8 + number % 60 / 10 + step * 0.03, 40 + number // 60 % 60 / 10
    corners = [[west, south], [west + 0.02, south], [west + 0.02, south + 0.02], [west, south]]
    return {"type": "Polygon", "coordinates": [[[round(lon, 4), round(lat, 4)] for lon, lat in corners]]}


def _times(number: int) -> Row:
    return {"created_at": moment(number), "updated_at": moment(number + 7)}


@dataclass(frozen=True)
class Household:
    """A member with its meter and one more asset, as rows of their tables and of the holdings."""

    member: Row
    assets: list[Row]
    holdings: list[Row]


def households(place: Place) -> Iterator[Household]:
    for index in range(place.assets // 2):
        yield _household(place, index, place.first_member + index, place.first_asset + 2 * index)


def _household(place: Place, index: int, number: int, first_asset: int) -> Household:
    pod = f"IT999E{number:08}"
    sensor = f"sensor-{number:08}"
    status = "active" if place.own and index % 20 else _STATUSES[index % 20 if not place.own else 18]
    member = _member(place, index, number, pod, status)
    kind = _TYPES[index % len(_TYPES)]
    both = {"community_id": place.number, "owner_id": number, "version": 1}
    other = {
        **both,
        "id": first_asset,
        "asset_type": kind,
        **_device(kind, index, number),
        **_times(first_asset),
    }
    meter = {
        **both, "id": first_asset + 1, "key": f"meter-{index + 1:04}", "asset_type": "meter",
        "name": f"Meter {index + 1}", "sensor_id": sensor, "extra": "{}",
        "properties": f'{{"meter_type":"smart","pod":"{pod}"}}',
        "device": f'{{"manufacturer":"Bright Meters","serial_number":"BM{number:08}"}}',
        "relationships": f'{{"measures":["{other["key"]}"]}}',
        "search_text": "\n".join(
            (f"meter-{index + 1:04}", f"meter {index + 1}", sensor, f"bm{number:08}", *[pod.lower()] * 2)
        ),
        **_times(first_asset + 1),
    }  # fmt: skip
    holdings: list[Row] = []
    if status in ("active", "suspended"):
        held = {"scope": "", "member_id": number, "since": member["created_at"][:10], "until": None}
        held["recorded_at"] = member["created_at"]
        code = pod.lower()
        holdings.append({**held, "kind": "delivery_point", "code": code, "asset_id": None})
        holdings.append({**held, "kind": "sensor", "code": sensor, "asset_id": first_asset + 1})
    return Household(member, [other, meter], holdings)


def _member(place: Place, index: int, number: int, pod: str, status: str) -> Row:
    name = f"{_NAMES[number % len(_NAMES)]} {_FAMILIES[number % len(_FAMILIES)]}"
    key, user = f"m-{index + 1:04}", f"user-{number:08}" if index % 5 else ""
    email = f"post-{number}@example.org"
    words = [key, name, user, email, pod, pod.lower(), pod.lower()]
    return {
        "id": number, "key": key, "community_id": place.number, "user_id": user, "user_id_compared": user,
        "name": name,
        "status": status, "role": _ROLES[index % len(_ROLES)], "area": _AREAS[index % len(_AREAS)],
        "version": 1,
        "delivery_points": f'[{{"id":"{pod}","type":"pod","tariff":"home"}}]', "account_id": None,
        "extra": f'{{"type":"schema:Person","email":"{email}","joined_on":"2024-05-01"}}',
        "search_text": fold("\n".join(word for word in words if word)), **_times(number),
    }  # fmt: skip


def _device(kind: str, index: int, number: int) -> Row:
    key = f"{kind}-{index + 1:04}"
    size, most = _SIZES[kind]
    name, serial = f"{_NOUNS[kind]} {index + 1}", f"SW{number:08}"
    properties = f'{{"{size}":{number % most + 0.5},"installation_date":"{2015 + number % 10}-05-01"}}'
    return {
        "key": key, "name": name, "sensor_id": None, "properties": properties, "relationships": "{}",
        "device": f'{{"manufacturer":"Sunny Works","model":"X-12","serial_number":"{serial}"}}',
        "extra": "{}",
        "search_text": f"{key}\n{name}\n{serial}".lower(),
    }  # fmt: skip
