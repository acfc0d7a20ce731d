"""CELINE's dialect, schema versions 0.4 to 0.7: the files that communities of that ecosystem keep.

    version: "1.0"
    schema_version: "0.7"
    metadata: {…}
    community: {id, name, description, legal, links, contact, settings, operators, areas, topology, …}
    members:
      <key>:
        user_id, did, name, type, role, area, status, delivery_points, …
        assets: {<type>: {<key>: {name, sensor_id, device, relationships, …}}}

Assets lie below their owner and type, and topology nodes name their parent. What has no place of its own is
flat: in a community and a member it is ``extra``, in an asset ``properties``, some of them under other names
than the seed's. What cannot be flat, since its name means something else there, is written under explicit
``extra:`` and ``properties:`` mappings, which are taken literally; so nothing in them can overwrite a field.

``version`` is the version of this envelope, and says nothing of the community.
"""

from collections import Counter
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from recportal.documents.faults import Path, say
from recportal.documents.paths import same
from recportal.documents.text import shown
from recportal.records.columns import known_choice
from recportal.text import stored

from . import shape
from .faults import FileFault, note

if TYPE_CHECKING:
    from .bundle import Bundle

HEADER: Final = "schema_version"
VERSIONS: Final = ("0.4", "0.5", "0.6", "0.7")
_ENVELOPE: Final = "1.0"

#: By asset type: the dialect's name → the seed's name for exactly the same quantity, in the same unit.
SYNONYMS: Final[dict[str, dict[str, str]]] = {
    "pv": {"rated_power": "capacity_kwp", "tilt_angle": "tilt"},
    "storage": {"capacity": "capacity_kwh", "battery_type": "chemistry"},
    "meter": {},
    "ev_charger": {"max_power": "max_power_kw", "num_ports": "num_connectors"},
    "heat_pump": {"thermal_power": "thermal_power_kw"},
    "load": {"rated_power": "rated_power_kw"},
}

# What has a place of its own, so that nothing else can be flat under that name.
_COMMUNITY_FIELDS: Final = {
    "id": "key",
    **{
        name: name
        for name in (*shape.COMMUNITY_TEXTS, *shape.COMMUNITY_DOCUMENTS)
        if name not in ("key", "extra")
    },
}
_MEMBER_FIELDS: Final = {
    name: name for name in (*shape.MEMBER_TEXTS, *shape.MEMBER_DOCUMENTS) if name != "extra"
}
_ASSET_FIELDS: Final = {name: name for name in ("name", "sensor_id", "device", "relationships")}
_TEXTS: Final = frozenset((*shape.COMMUNITY_TEXTS, *shape.MEMBER_TEXTS, *shape.ASSET_TEXTS))
# A node's own ``parent`` that is no edge, and its own ``extra``, go below ``extra``.
_NODE_NAMES: Final = frozenset({"parent", "extra"})


def version_of(value: Any) -> str | None:
    """The schema version that a header names, or None. Files that forget the quotes hold a number."""
    text = str(value) if isinstance(value, str | float) else ""
    return text if text in VERSIONS else None


# In


def read(tree: dict[str, Any], bundle: "Bundle") -> None:
    """Fill the bundle from the tree of a CELINE file; what is wrong goes to its ``faults``."""
    faults = bundle.faults
    given = shape.mapping_at(tree.get("community"), ("community",), faults)
    _read_community(given, version_of(tree[HEADER]) or "", bundle)
    if isinstance(tree.get("community"), dict) and not bundle.community.get("key"):
        shape.required(("community", "id"), faults)
    _read_loose_ends(tree, bundle)
    members = shape.mapping_at(tree.get("members"), ("members",), faults, optional=True)
    places: dict[str, Path] = {}
    for key, given in members.items():
        path = ("members", key)
        member = shape.mapping_at(given, path, faults)
        bundle.members[key] = _record(member, _MEMBER_FIELDS, {"assets"}, "extra", path, faults, {})
        if "assets" in member:
            _read_assets(key, member["assets"], (*path, "assets"), places, bundle)


def _read_community(given: dict[str, Any], version: str, bundle: "Bundle") -> None:
    path: Path = ("community",)
    bundle.community = _record(given, _COMMUNITY_FIELDS, set(), "extra", path, bundle.faults, {})
    nodes = bundle.community.get("topology")
    if isinstance(nodes, list):
        bundle.community["topology"] = [
            _read_node(node, version, (*path, "topology", index), bundle) if isinstance(node, dict) else node
            for index, node in enumerate(nodes)
        ]


def _read_node(given: dict[str, Any], version: str, path: Path, bundle: "Bundle") -> dict[str, Any]:
    node = {name: value for name, value in given.items() if name != "parent"}
    if version == "0.4" and "operator" in node:
        _put(node, "operator_id", node.pop("operator"), (*path, "operator"), bundle.faults)
    parent = shape.text_at(given.get("parent"), (*path, "parent"), bundle.faults)
    name = node_id(given)
    if parent and name:  # a node without an id is for the topology's schema to refuse
        bundle.parents[name] = stored(parent)
    literal = node.get("extra")
    if isinstance(literal, dict) and literal and literal.keys() <= _NODE_NAMES:
        del node["extra"]
        node.update(literal)
    return node


def _read_loose_ends(tree: dict[str, Any], bundle: "Bundle") -> None:
    """What stands beside the community and has no place in it: ``metadata``, and what others have added."""
    known = (HEADER, "version", "metadata", "community", "members")
    extra = bundle.community.get("extra")
    added = dict(extra) if isinstance(extra, dict) else {}
    for name, value in tree.items():
        if name == "assets":
            # Not taken along as an unknown name: whoever writes this expects them to be imported.
            shape.unknown_field(name, known, (name,), bundle.faults)
        elif name == "metadata" or name not in known:
            _put(added, name, value, (name,), bundle.faults)
    if added:
        bundle.community["extra"] = added


def _read_assets(owner: str, given: Any, path: Path, places: dict[str, Path], bundle: "Bundle") -> None:
    faults = bundle.faults
    for word, assets in shape.mapping_at(given, path, faults, optional=True).items():
        place = (*path, word)
        asset_type = known_choice(Asset._meta.get_field("asset_type"), word)
        if asset_type not in SYNONYMS:
            message = _("“%(type)s” is no type of asset. The types are: %(known)s.")
            words = say(message, type=shown(asset_type), known=", ".join(SYNONYMS))
            note(faults, place, "invalid_choice", words)
            continue
        for key, asset in shape.mapping_at(assets, place, faults, optional=True).items():
            here = (*place, key)
            if key in places:
                message = _("The key “%(key)s” is taken: there is an asset of that key at %(place)s.")
                there = FileFault(places[key], "", "").where
                note(faults, here, "key_taken", say(message, key=shown(key), place=there))
                continue
            places[key] = here
            record = _read_asset(shape.mapping_at(asset, here, faults), asset_type, here, faults)
            bundle.assets[key] = {"owner": owner, "asset_type": asset_type, **record}


def _read_asset(
    given: dict[str, Any], asset_type: str, path: Path, faults: list[FileFault]
) -> dict[str, Any]:
    record = _record(given, _ASSET_FIELDS, {"extra"}, "properties", path, faults, SYNONYMS[asset_type])
    if given.get("extra") is not None:
        record["extra"] = shape.mapping_at(given["extra"], (*path, "extra"), faults)
    return record


def _record(
    given: dict[str, Any],
    fields: dict[str, str],
    elsewhere: set[str],
    rest: str,
    path: Path,
    faults: list[FileFault],
    synonyms: dict[str, str],
) -> dict[str, Any]:
    """The record that ``given`` says, with the names of ``fields`` translated.

    Other names, but those read ``elsewhere``, go to the document ``rest``, under their ``synonyms`` where
    they have some, together with what an explicit mapping of the name of ``rest`` holds. A document that is
    null is left out: files have blank ones, and there is nothing in them to lose.
    """
    record: dict[str, Any] = {}
    loose: dict[str, Any] = {}
    if rest in given:
        loose |= shape.mapping_at(given[rest], (*path, rest), faults, optional=True)
    for name, value in given.items():
        if name in fields:
            field = fields[name]
            if field in _TEXTS:
                record[field] = shape.text_at(value, (*path, name), faults)
            elif value is not None:
                record[field] = value
        elif name != rest and name not in elsewhere:
            _put(loose, synonyms.get(name, name), value, (*path, name), faults)
    if loose:
        record[rest] = loose
    return record


def _put(document: dict[str, Any], name: str, value: Any, path: Path, faults: list[FileFault]) -> None:
    """Set ``name`` in the document, unless the file has said something else about it before."""
    if name in document and not same(document[name], value):
        message = _("The file says two different things about “%(name)s”, once here and once elsewhere.")
        note(faults, path, "said_twice", say(message, name=shown(name)))
    document[name] = value


def children_from_parents(topology: list[Any], parents: dict[str, str]) -> list[Any]:
    """The nodes with the ``children`` that ``parents`` (node id → parent id) gives them, in the list's order.

    Children that a node names itself come first. Neither is the list changed nor a node in it; parents that
    are no node of the list get lost, see ``unknown_parents``.
    """
    below: dict[str, list[str]] = {}
    for name in dict.fromkeys(node_id(node) for node in topology):
        if name in parents:
            below.setdefault(parents[name], []).append(name)
    return [_with_children(node, below.get(node_id(node) or "", [])) for node in topology]


def _with_children(node: Any, more: list[str]) -> Any:
    if not more:
        return node
    named = node.get("children")
    if named is None:
        return {**node, "children": more}
    if not isinstance(named, list):  # left to the topology's schema
        return node
    return {**node, "children": [*named, *(child for child in more if child not in named)]}


def unknown_parents(topology: list[Any], parents: dict[str, str]) -> dict[str, str]:
    """The entries of ``parents`` that lead to no node of the list."""
    known = {node_id(node) for node in topology}
    return {child: parent for child, parent in parents.items() if parent not in known}


def node_id(node: Any) -> str | None:
    """The id of a node as it is compared; None for what is no node."""
    name = node.get("id") if isinstance(node, dict) else None
    return stored(name) if isinstance(name, str) else None


# Out


def sections(
    community: dict[str, Any], members: shape.Records, assets: shape.Records
) -> Iterator[tuple[str, Any]]:
    """The top level of a CELINE file, its records one after another; empty documents are left out.

    Members come by key, and assets by that of their owner. Raises ``ValueError`` for an asset without a
    place: its owner is not among the members, or its type is none.
    """
    given = shape.without_empty_documents(community, shape.COMMUNITY_DOCUMENTS)
    yield "version", _ENVELOPE
    yield HEADER, _version_for(community)
    extra = dict(given.pop("extra", {}))
    if "metadata" in extra:
        yield "metadata", extra.pop("metadata")
    names = {field: name for name, field in _COMMUNITY_FIELDS.items()}
    written = {names[field]: value for field, value in given.items()}
    if "topology" in given:
        written["topology"] = _written_nodes(given["topology"])
    _lay_flat(written, extra, "extra", _COMMUNITY_FIELDS.keys())
    yield "community", written
    yield "members", _with_assets(members, assets)


def _with_assets(members: shape.Records, assets: shape.Records) -> Iterator[tuple[str, Any]]:
    """The members, each with the assets that follow for it."""
    left = iter(assets)
    following = next(left, None)
    for key, member in members:
        written = _written_member(member)
        while following and following[1].get("owner") == key:
            asset_key, asset = following
            asset_type = asset.get("asset_type")
            if asset_type not in SYNONYMS:
                break
            groups = written.setdefault("assets", {})
            groups.setdefault(asset_type, {})[asset_key] = _written_asset(asset, asset_type)
            following = next(left, None)
        yield key, written
    if following:
        raise ValueError(f"the asset {following[0]!r} has no owner or no type")


def _version_for(community: dict[str, Any]) -> str:
    """The newest version whose rules the community keeps: since 0.7 an area is one primary substation."""
    areas = community.get("areas") or {}
    one_each = all(area.get("boundary") and len(area.get("topology", [])) == 1 for area in areas.values())
    return "0.7" if one_each else "0.6"


def _lay_flat(record: dict[str, Any], document: dict[str, Any], name: str, taken: Container[str]) -> None:
    """Put the document ``name`` flat into the record, and what cannot be flat under its own name."""
    literal = {key: value for key, value in document.items() if key == name or key in taken}
    record.update((key, value) for key, value in document.items() if key not in literal)
    if literal:
        record[name] = literal


def _written_member(member: dict[str, Any]) -> dict[str, Any]:
    given = shape.without_empty_documents(member, shape.MEMBER_DOCUMENTS)
    written = {name: value for name, value in given.items() if name != "extra"}
    _lay_flat(written, given.get("extra", {}), "extra", {*_MEMBER_FIELDS, "assets"})
    return written


def _written_asset(asset: dict[str, Any], asset_type: str) -> dict[str, Any]:
    given = shape.without_empty_documents(asset, shape.ASSET_DOCUMENTS)
    written = {name: given[name] for name in (*_ASSET_FIELDS, "extra") if name in given}
    synonyms = SYNONYMS[asset_type]
    names = {seed_name: name for name, seed_name in synonyms.items()}
    # A property that happens to have the name of a synonym would be read as the seed's, so it is literal.
    properties = {key: value for key, value in given.get("properties", {}).items() if key not in names}
    _lay_flat(written, properties, "properties", {*_ASSET_FIELDS, "extra", *synonyms})
    written.update((names[key], value) for key, value in given.get("properties", {}).items() if key in names)
    return written


def _written_nodes(topology: list[Any]) -> list[Any]:
    """The nodes with ``parent`` for ``children``, where these say no more than the parents would."""
    order = {node_id(node): index for index, node in enumerate(topology)}
    claims = Counter(child for node in topology for child in _named_children(node))
    parents: dict[str, str] = {}
    settled = set()
    for index, node in enumerate(topology):
        children = _named_children(node)
        places = [order.get(child, -1) if claims[child] == 1 else -1 for child in children]
        name = node_id(node)
        if name and children and places == sorted(places) and places[0] >= 0:
            settled.add(index)
            parents |= dict.fromkeys(children, name)
    return [_written_node(node, index in settled, parents) for index, node in enumerate(topology)]


def _named_children(node: Any) -> list[str]:
    children = node.get("children") if isinstance(node, dict) else None
    if not isinstance(children, list) or not all(isinstance(child, str) for child in children):
        return []
    return children


def _written_node(node: Any, settled: bool, parents: dict[str, str]) -> Any:
    if not isinstance(node, dict):
        return node
    literal = {name: node[name] for name in _NODE_NAMES if name in node}
    written = {
        name: value
        for name, value in node.items()
        if name not in literal and not (settled and name == "children")
    }
    if literal:
        written["extra"] = literal
    name = node_id(node)
    if name in parents:
        written["parent"] = parents[name]
    return written
