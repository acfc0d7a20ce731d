"""Plain words for what people who run no grid have never heard of."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from members.models import Role, Status

STATUSES: Final = {
    Status.PENDING: (
        _("Applied"),
        _("You have applied. The community has not admitted you yet, or is still waiting for a paper."),
    ),
    Status.ACTIVE: (_("Active"), _("You take part in the community.")),
    Status.SUSPENDED: (
        _("Suspended"),
        _("Your taking part is stopped for now. The community can tell you why and until when."),
    ),
    Status.INACTIVE: (_("Left"), _("You have left the community, or your membership has ended.")),
}

ROLES: Final = {
    Role.CONSUMER: _("You use electricity and feed none into the grid."),
    Role.PROSUMER: _("You use electricity and also make your own."),
    Role.PRODUCER: _("You feed electricity into the grid and use none."),
    Role.OPERATOR: _("You run a plant or a part of the grid for the community."),
    Role.ADMIN: _("You do the community's paperwork."),
}

ASSET_TYPES: Final = {
    "pv": (_("Solar panels"), _("They make electricity from sunlight.")),
    "storage": (_("Battery"), _("It keeps electricity for later.")),
    "meter": (_("Meter"), _("It measures electricity.")),
    "ev_charger": (_("Charging point"), _("It charges electric vehicles.")),
    "heat_pump": (_("Heat pump"), _("It heats with electricity and the warmth of air, ground or water.")),
    "load": (_("Other device"), _("A device that uses electricity.")),
}

POINT_TYPES: Final = {
    "pod": _("POD: the code of your connection on the Italian electricity bill. It begins with IT."),
    "cups": _("CUPS: the code of your connection on the Spanish electricity bill. It begins with ES."),
    "prm": _("PRM: the number of your connection on the French electricity bill."),
    "cpe": _("CPE: the code of your connection on the Portuguese electricity bill. It begins with PT."),
    "malo": _("MaLo: the number of your connection on the German electricity bill."),
    "melo": _("MeLo: the code of the meter's place on the German electricity bill. It begins with DE."),
    "zp": _("Zählpunkt: the code of your connection on the Austrian electricity bill. It begins with AT."),
    "ean": _("EAN: the number of your connection, 18 digits, on the electricity bill."),
    "mpan": _("MPAN: the number of your connection on the British electricity bill."),
}

#: Symbol → what it measures, in the order in which pages explain them.
UNITS: Final = {
    "kWp": _("kilowatt peak: what solar panels give in full sun. A house has 3 to 10 of them."),
    "kWh": _("kilowatt hour: an amount of electricity. A washing machine takes about one."),
    "kW": _("kilowatt: how much electricity flows at one moment. An oven takes about 2."),
    "°": _(
        "degrees: for a roof's direction 0 is north, 90 east, 180 south; for its slope 0 is flat, 90 a wall."
    ),
}

#: Plainer sentences than those of the schemas, which speak to staff and programmers; by column and property.
HELPS: Final[dict[tuple[str, str], Any]] = {
    ("properties", "connector_type"): _("The kind of plug."),
    ("properties", "cop"): _(
        "How many times the heat given exceeds the electricity taken. Most heat pumps have 2 to 5."
    ),
    ("properties", "installation_date"): _("The day on which it was installed."),
    ("properties", "pod"): _("The code of the delivery point behind which it is connected."),
    ("device", "type"): _("What kind of device it is."),
    ("device", "mac_address"): _(
        "The address of the device in a computer network: six pairs of digits and letters."
    ),
    ("extra", "type"): _("What you are: a person, a firm, a public body."),
    ("extra", "did"): _(
        "A name for you that computers of other organisations understand. Most people need none."
    ),
    ("extra", "joined_on"): _("The day on which your membership began."),
    ("extra", "left_on"): _("The day on which your membership ended."),
}

#: Words that files keep, by the property in which they stand.
VALUES: Final[dict[str, dict[str, Any]]] = {
    "meter_type": {
        "consumption": _("measures what is used"),
        "production": _("measures what is made"),
        "bidirectional": _("measures both ways"),
        "import": _("measures what comes from the grid"),
        "export": _("measures what goes into the grid"),
        "smart": _("a meter that is read from afar"),
        "submeter": _("measures a part behind the main meter"),
        "virtual": _("worked out from other meters"),
    },
    "direction": {
        "import": _("from the grid"),
        "export": _("into the grid"),
        "bidirectional": _("both ways"),
    },
    "chemistry": {
        "LFP": _("lithium iron phosphate (LFP)"),
        "NMC": _("lithium nickel manganese cobalt (NMC)"),
        "NCA": _("lithium nickel cobalt aluminium (NCA)"),
        "LTO": _("lithium titanate (LTO)"),
        "lead_acid": _("lead and acid"),
        "flow_battery": _("flow battery"),
        "sodium_ion": _("sodium ion"),
        "solid_state": _("solid state"),
        "other": _("other"),
    },
    "connector_type": {
        "IEC_62196_T2": _("type 2 socket"),
        "IEC_62196_T2_COMBO": _("CCS plug (type 2), for fast charging"),
        "IEC_62196_T1": _("type 1 socket"),
        "IEC_62196_T1_COMBO": _("CCS plug (type 1), for fast charging"),
        "CHADEMO": _("CHAdeMO plug, for fast charging"),
        "DOMESTIC_F": _("household socket (Schuko)"),
        "DOMESTIC_L": _("household socket (Italian)"),
        "GBT_AC": _("Chinese plug (GB/T)"),
        "GBT_DC": _("Chinese plug (GB/T), for fast charging"),
        "TESLA_S": _("Tesla plug"),
    },
    "heat_source": {
        "air": _("outside air"),
        "ground": _("ground"),
        "water": _("water"),
        "exhaust_air": _("exhaust air"),
        "district": _("district heating"),
        "solar": _("sun"),
        "waste_heat": _("waste heat"),
    },
    "load_type": {
        "household": _("household"),
        "hvac": _("heating, ventilation, cooling"),
        "lighting": _("lighting"),
        "appliance": _("appliance"),
        "water_heating": _("water heating"),
        "cooling": _("cooling"),
        "industrial": _("industrial"),
        "pumping": _("pumping"),
        "refrigeration": _("refrigeration"),
        "data": _("computers"),
        "public_lighting": _("public lighting"),
        "other": _("other"),
    },
    "priority": {
        "critical": _("must always run"),
        "high": _("high"),
        "medium": _("medium"),
        "low": _("low"),
    },
    "type": {
        "schema:Person": _("a person"),
        "schema:Organization": _("an organisation"),
        "schema:LocalBusiness": _("a local business"),
        "schema:Corporation": _("a company"),
        "schema:NGO": _("an association"),
        "schema:GovernmentOrganization": _("a public body"),
        "schema:EducationalOrganization": _("a school or university"),
        "saref:Device": _("a device"),
        "saref:Meter": _("a meter"),
        "saref:Sensor": _("a sensor"),
        "s4ener:Device": _("an energy device"),
    },
    "orientation": {
        "N": _("north"),
        "NE": _("north-east"),
        "E": _("east"),
        "SE": _("south-east"),
        "S": _("south"),
        "SW": _("south-west"),
        "W": _("west"),
        "NW": _("north-west"),
        "north": _("north"),
        "north-east": _("north-east"),
        "east": _("east"),
        "south-east": _("south-east"),
        "south": _("south"),
        "south-west": _("south-west"),
        "west": _("west"),
        "north-west": _("north-west"),
    },
}

COMPASS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
