"""Fictional communities of any size, as native bundles, for demos, benches and tests.

Nothing here knows the database or the clock: a bundle is a function of its seed, the number of its community
and the number of members, down to the byte. Records obey every rule of the registry and carry no notices; the
hand-kept community beside this file (`demo.yaml`) is the one with flaws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from recportal.bundles import fiction

Document = dict[str, Any]

# No grid operator has this number. demo.yaml uses IT998E, so that the two never meet.
_POD_OPERATOR = "IT999E"
_POD_NUMBERS = 10**8
_POD_STEP = 61_803_399  # shares no factor with _POD_NUMBERS, so that counting on visits every number once
_POINTS_PER_MEMBER = 2  # at most

# How many assets the members of a block of ten have: twenty together, so that any number of members has
# exactly twice as many assets. The members behind the last full block have two each.
_BLOCK = (1, 1, 1, 1, 2, 2, 2, 3, 3, 4)
# Member role and asset types, by the number of assets; what is common stands more than once.
_HOUSEHOLDS: dict[int, tuple[tuple[str, tuple[str, ...]], ...]] = {
    1: (("consumer", ("meter",)),),
    2: (
        ("prosumer", ("meter", "pv")),
        ("prosumer", ("meter", "pv")),
        ("prosumer", ("meter", "pv")),
        ("producer", ("meter", "pv")),
        ("consumer", ("meter", "heat_pump")),
        ("consumer", ("meter", "ev_charger")),
        ("consumer", ("meter", "load")),
    ),
    3: (
        ("prosumer", ("meter", "pv", "storage")),
        ("prosumer", ("meter", "pv", "storage")),
        ("prosumer", ("meter", "pv", "heat_pump")),
        ("prosumer", ("meter", "pv", "ev_charger")),
        ("consumer", ("meter", "heat_pump", "load")),
    ),
    4: (
        ("prosumer", ("meter", "pv", "storage", "heat_pump")),
        ("prosumer", ("meter", "pv", "storage", "ev_charger")),
        ("prosumer", ("meter", "pv", "storage", "load")),
        ("producer", ("meter", "meter", "pv", "storage")),  # fed in and used at a point each
    ),
}
_STATUSES = ("active",) * 45 + ("pending",) * 2 + ("suspended",) * 1 + ("inactive",) * 2
# One in this many administers the community, and one runs plant; the first two members among them.
_OFFICES_EVERY = 500

_FIRST_DAY = date(2016, 1, 1)
_DAYS = tuple((_FIRST_DAY + timedelta(days=days)).isoformat() for days in range(3_400))  # to April 2025
_FOUNDED = 1_900  # the index of the day on which communities begin, in March 2021

_SOUTHERLY = (90, 120, 135, 150, 160, 170, 175, 180, 180, 180, 185, 190, 200, 210, 225, 240, 270)
_DEVICES: dict[str, tuple[str, tuple[str, ...], str]] = {
    # type: a manufacturer that does not exist, its models, the SAREF type
    "pv": ("Solvetta", ("Cresta 410", "Cresta 440", "Cima 500"), "s4ener:Device"),
    "storage": ("Accumia", ("Serbo 5", "Serbo 10", "Serbo 15"), "s4ener:Device"),
    "meter": ("Misurix", ("M2", "M3", "M3-T"), "saref:Meter"),
    "ev_charger": ("Elettropoint", ("Casa 7", "Casa 11", "Corte 22"), "s4ener:Device"),
    "heat_pump": ("Tepora", ("Aria 8", "Aria 12", "Terra 10"), "s4ener:Device"),
    "load": ("Domora", ("Presa", "Quadro"), "saref:Device"),
}
_ASSET_NAMES = {
    "pv": "Fotovoltaico",
    "storage": "Accumulo",
    "meter": "Contatore",
    "ev_charger": "Colonnina",
    "heat_pump": "Pompa di calore",
    "load": "Carico",
}
_KEY_PREFIXES = {kind: kind.replace("_", "-") for kind in _ASSET_NAMES}

# Secondary substations are made for so many members each, and never more than that per area, so that the
# topology of the largest community stays far below the size limit of its document.
_MEMBERS_PER_SUBSTATION = 60
_SUBSTATIONS_PER_AREA = 400


def generate(communities: int, members: int, seed: int) -> Iterator[Document]:
    """Native bundles of `communities` communities with `members` members each, one at a time.

    `members` counts each community's own members, of every role and status; each community has exactly twice
    as many assets. The keys are `demo-SEED-001` and so on. Keys, user ids, DIDs, sensors and delivery points
    are distinct over all bundles of a call, and community 3 of ten is community 3 of four. Two calls with
    different seeds share no keys, user ids, DIDs or sensors, but may meet in a delivery point. Raises
    ValueError for a number below zero, or for more delivery points than one grid operator has numbers.
    """
    if communities < 0 or members < 0:
        raise ValueError("there cannot be fewer than no communities or members")
    if communities * members * _POINTS_PER_MEMBER > _POD_NUMBERS:
        raise ValueError(f"there are only {_POD_NUMBERS:,} delivery points, two for each member")
    return (_Community(number, members, seed).bundle() for number in range(communities))


class _Community:
    """One community while it is being made: its dice, its names and where it has got to in counting."""

    def __init__(self, number: int, members: int, seed: int) -> None:
        self.number = number + 1
        self.key = f"demo-{seed}-{self.number:03}"
        self.size = members
        self.rng = Random(self.key)  # noqa: S311 - dice, not secrets
        self.first_pod = Random(str(seed)).randrange(_POD_NUMBERS)  # noqa: S311
        self.first_point = number * members * _POINTS_PER_MEMBER
        self.points = 0
        self.serial = 0
        self.valley, *self.villages = fiction.places(self.rng, 1 + self.rng.choice((2, 3, 3, 4)))
        self.areas = [f"area-{place}" for place in range(1, len(self.villages) + 1)]
        self.members: Document = {}
        self.assets: Document = {}

    def bundle(self) -> Document:
        community = self.community()
        for number, (role, kinds) in enumerate(self.households(), start=1):
            self.add_member(number, role, kinds)
        return {"recportal": 1, "community": community, "members": self.members, "assets": self.assets}

    def community(self) -> Document:
        rng = self.rng
        topology, roots = self.topology()
        website = f"https://{self.key}.example.org"
        name = f"Comunità Energetica {self.valley}"
        return {
            "key": self.key,
            "name": name,
            "description": "A made-up community for demonstrations: nobody and nothing in it is real.",
            "areas": self.area_documents(roots),
            "topology": topology,
            "legal": {
                "name": f"{name} ETS",
                "legal_form": rng.choice(("Associazione", "Società cooperativa", "Fondazione")),
                "vat": f"IT{fiction.vat_number(rng)}",
                "registered_office": f"{rng.choice(fiction.STREETS)} 1, {self.villages[0]}",
            },
            "links": {
                "website": website,
                "privacy_policy": f"{website}/privacy",
                "terms": f"{website}/regolamento",
                "statute": f"{website}/statuto",
            },
            "contact": {
                "email": f"info@{self.key}.example.org",
                "pec": f"{self.key}@pec.example.org",
                "phone": fiction.telephone(rng),
            },
            "settings": {
                "timezone": "Europe/Rome",
                "currency": "EUR",
                "country": "IT",
                "energy_unit": "kWh",
                "power_unit": "kW",
            },
            "extra": {
                "operators": {
                    "distribution": {
                        "name": f"Rete Elettrica {self.valley}",
                        "country": "IT",
                        "contact": f"guasti@rete.{self.key}.example.org",
                    },
                    "plant": {
                        "name": f"Impianti {self.valley} Soc. Coop.",
                        "country": "IT",
                        "contact": f"impianti@{self.key}.example.org",
                    },
                },
                "incorporated_on": _DAYS[_FOUNDED - rng.randrange(1, 300)],
            },
        }

    def topology(self) -> tuple[list[Document], list[str]]:
        """The nodes of the grid, three or four levels deep, and the id of each area's primary substation."""
        nodes: list[Document] = []
        roots = []

        def add(node_id: str, kind: str, name: str, operator: str = "distribution") -> Document:
            node: Document = {
                "id": node_id,
                "type": kind,
                "name": name,
                "operator_id": operator,
                "children": [],
            }
            nodes.append(node)
            return node

        wanted = math.ceil(self.size / len(self.areas) / _MEMBERS_PER_SUBSTATION)
        substations = min(max(wanted, 2), _SUBSTATIONS_PER_AREA)
        for area, village in enumerate(self.villages, start=1):
            primary = add(f"CP-{area}", "primary_substation", f"Cabina primaria {village}")
            roots.append(primary["id"])
            # The first area is always the deep one; of the others some have no transformers of their own.
            above = [primary]
            if area == 1 or self.rng.random() < 0.5:
                above = [add(f"TR-{area}-{side}", "transformer", f"Trasformatore {side}") for side in (1, 2)]
                primary["children"] = [transformer["id"] for transformer in above]
            for place in range(1, substations + 1):
                street = self.rng.choice(fiction.STREETS)
                substation = add(f"CS-{area}-{place:03}", "secondary_substation", f"Cabina {street}")
                above[place % len(above)]["children"].append(substation["id"])
                for line in range(1, self.rng.randrange(1, 3) + 1):
                    feeder = add(f"LN-{area}-{place:03}-{line}", "feeder", f"Linea {line} {street}")
                    substation["children"].append(feeder["id"])
            if self.rng.random() < 0.5:
                hydro = add(f"CI-{area}", "connection_point", f"Centralina idroelettrica {village}", "plant")
                above[0]["children"].append(hydro["id"])
        return nodes, roots

    def area_documents(self, roots: list[str]) -> Document:
        documents: Document = {}
        for area, village, root, ring in zip(
            self.areas, self.villages, roots, fiction.outlines(self.rng, len(self.areas)), strict=True
        ):
            lon, lat = (sum(position[axis] for position in ring[:-1]) / (len(ring) - 1) for axis in (0, 1))
            documents[area] = {
                "name": village,
                "topology": [root],
                "location": {"lat": round(lat, 5), "lon": round(lon, 5)},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        return documents

    def households(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Role and asset types of every member, twice as many assets as members."""
        counts = list(_BLOCK)
        for number in range(self.size):
            place = number % len(_BLOCK)
            if place == 0:
                self.rng.shuffle(counts)
            full = number - place + len(_BLOCK) <= self.size
            role, kinds = self.rng.choice(_HOUSEHOLDS[counts[place] if full else 2])
            if number % _OFFICES_EVERY < 2:
                role = ("admin", "operator")[number % _OFFICES_EVERY]
            yield role, kinds

    def add_member(self, number: int, role: str, kinds: tuple[str, ...]) -> None:
        rng = self.rng
        key = f"m-{number:05}"
        status = rng.choice(_STATUSES)
        village = rng.randrange(len(self.villages))
        street = f"{rng.choice(fiction.STREETS)} {rng.randrange(1, 90)}, {self.villages[village]}"
        organised = rng.random() < (0.6 if role == "producer" else 0.08)
        name, extra = self.organisation(self.villages[village]) if organised else self.person()
        extra["email"] = f"{self.key}-{number:05}@example.org"
        extra["phone"] = fiction.telephone(rng)
        extra["address"] = street
        extra["language"] = "it"
        if rng.random() < 0.5:
            extra["did"] = f"did:web:{self.key}.example.org:{key}"
        if status != "pending":
            joined = rng.randrange(_FOUNDED, len(_DAYS) - 200)
            extra["joined_on"] = _DAYS[joined]
            if status == "inactive":
                extra["left_on"] = _DAYS[joined + rng.randrange(30, 200)]
        points: list[Document] = [
            {
                "id": self.pod(),
                "type": "pod",
                "description": description,
                "address": street,
                "tariff": "altri usi" if organised else "domestico",
                "active": status != "inactive",
            }
            for description in ("Prelievo", "Immissione")[: kinds.count("meter")]
        ]
        self.members[key] = {
            # Who has only applied has no account yet.
            "user_id": "" if status == "pending" else f"{self.key}-{number:05}",
            "name": name,
            "role": role,
            "area": self.areas[village],
            "status": status,
            "delivery_points": points,
            "extra": extra,
        }
        self.add_assets(key, number, kinds, 8 if organised else 1)

    def person(self) -> tuple[str, Document]:
        rng = self.rng
        given, female = rng.choice(fiction.GIVEN_NAMES)
        surname = rng.choice(fiction.SURNAMES)
        code = fiction.fiscal_code(rng, surname, given, female)
        return f"{given} {surname}", {"type": "schema:Person", "fiscal_code": code}

    def organisation(self, village: str) -> tuple[str, Document]:
        pattern, kind = self.rng.choice(fiction.ORGANISATIONS)
        number = fiction.vat_number(self.rng)
        extra = {"type": kind, "fiscal_code": number}
        if kind in ("schema:LocalBusiness", "schema:Corporation"):
            extra["vat"] = f"IT{number}"
        return pattern.format(village), extra

    def add_assets(self, owner: str, number: int, kinds: tuple[str, ...], scale: float) -> None:
        """One member's assets: a meter at each delivery point, the last of which measures all the others."""
        member = self.members[owner]
        pods = [point["id"] for point in member["delivery_points"]]
        feeds_only = member["role"] == "producer" or len(pods) > 1
        others = {kind: f"{_KEY_PREFIXES[kind]}-{number:05}" for kind in kinds if kind != "meter"}
        for place, pod in enumerate(pods, start=1):
            last = place == len(pods)
            meter_type, direction = _FLOWS["pv" in kinds and last, feeds_only]
            self.add_asset(
                f"meter-{number:05}" if place == 1 else f"meter-{number:05}-{place}",
                owner,
                "meter",
                {"meter_type": meter_type, "direction": direction, "pod": pod},
                {"measures": list(others.values())} if last and others else {},
            )
        for kind, key in others.items():
            pair = others.get({"pv": "storage", "storage": "pv"}.get(kind, ""))
            self.add_asset(
                key, owner, kind, _PROPERTIES[kind](self.rng, scale), {"paired_with": pair} if pair else {}
            )

    def add_asset(
        self, key: str, owner: str, kind: str, properties: Document, relationships: Document
    ) -> None:
        rng = self.rng
        self.serial += 1
        properties["installation_date"] = rng.choice(_DAYS)
        manufacturer, models, saref = _DEVICES[kind]
        device = {
            "manufacturer": manufacturer,
            "model": rng.choice(models),
            "serial_number": f"{manufacturer[:2].upper()}{self.number:03}{self.serial:06}",
            "type": saref,
        }
        # A meter is always read out, another device now and then.
        sensor = kind == "meter" or rng.random() < 0.25
        if sensor:
            device["firmware_version"] = f"{rng.randrange(1, 5)}.{rng.randrange(12)}"
        self.assets[key] = {
            "owner": owner,
            "asset_type": kind,
            "name": f"{_ASSET_NAMES[kind]} {key[len(_KEY_PREFIXES[kind]) + 1 :]}",
            "sensor_id": f"{self.key}-s{self.serial:06}" if sensor else None,
            "properties": properties,
            "device": device,
            "relationships": relationships,
            "extra": {},
        }

    def pod(self) -> str:
        """The next delivery point: numbers that look drawn, but are counted, so that none comes twice."""
        count = self.first_point + self.points
        self.points += 1
        return f"{_POD_OPERATOR}{(self.first_pod + count * _POD_STEP) % _POD_NUMBERS:08}"


# Meter type and direction, by whether the meter feeds in, and whether the member has a point of its own for
# that.
_FLOWS = {
    (False, False): ("consumption", "import"),
    (False, True): ("consumption", "import"),
    (True, False): ("bidirectional", "bidirectional"),
    (True, True): ("production", "export"),
}


def _pv(rng: Random, scale: float) -> Document:
    return {
        "capacity_kwp": round((2 + rng.random() * 8) * scale, 2),
        "orientation": rng.choice(_SOUTHERLY),
        "tilt": rng.randrange(5, 46),
    }


def _storage(rng: Random, scale: float) -> Document:
    capacity = rng.choice((5, 7.5, 10, 12.5, 15)) * scale
    return {
        "capacity_kwh": capacity,
        "max_power_kw": capacity / 2,
        "chemistry": rng.choice(("LFP", "LFP", "LFP", "NMC", "sodium_ion")),
    }


def _ev_charger(rng: Random, scale: float) -> Document:
    return {
        "max_power_kw": rng.choice((3.7, 7.4, 7.4, 11, 22)),
        "connector_type": "IEC_62196_T2",
        "num_connectors": 1 if scale == 1 else 2,
        "smart_charging": rng.random() < 0.6,
    }


def _heat_pump(rng: Random, scale: float) -> Document:
    return {
        "thermal_power_kw": round((4 + rng.random() * 4) * scale, 1),
        "cop": round(2.8 + rng.random() * 2, 2),
        "heat_source": rng.choice(("air", "air", "air", "ground", "water")),
        "reversible": rng.random() < 0.5,
    }


def _load(rng: Random, scale: float) -> Document:
    return {
        "rated_power_kw": round((0.5 + rng.random() * 3) * scale, 1),
        "load_type": rng.choice(("water_heating", "appliance", "lighting", "refrigeration", "pumping")),
        "controllable": rng.random() < 0.5,
        "priority": rng.choice(("high", "medium", "low")),
    }


_PROPERTIES: dict[str, Callable[[Random, float], Document]] = {
    "pv": _pv,
    "storage": _storage,
    "ev_charger": _ev_charger,
    "heat_pump": _heat_pump,
    "load": _load,
}
