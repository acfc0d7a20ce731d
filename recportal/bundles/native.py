"""The native dialect: the seed's names, every field of every record in its own place.

    recportal: 1
    community: {key, name, description, areas, topology, legal, links, contact, settings, extra}
    members:
      <key>: {user_id, name, role, area, status, delivery_points, extra}
    assets:
      <key>: {owner, asset_type, name, sensor_id, properties, device, relationships, extra}

There is nowhere for a name that the dialect does not know, so it is refused: nothing is dropped in silence.
The documents are open and hold what they hold.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from recportal.documents.faults import Path

from . import shape
from .faults import FileFault

if TYPE_CHECKING:
    from .bundle import Bundle

HEADER: Final = "recportal"
VERSION: Final = 1


def knows(version: Any) -> bool:
    return version == VERSION and not isinstance(version, bool)


def read(tree: dict[str, Any], bundle: "Bundle") -> None:
    """Fill the bundle from the tree of a native file; what is wrong goes to its ``faults``."""
    faults = bundle.faults
    sections = (HEADER, "community", "members", "assets")
    for name in tree:
        if name not in sections:
            shape.unknown_field(name, sections, (name,), faults)
    path: Path = ("community",)
    community = shape.mapping_at(tree.get("community"), path, faults)
    bundle.community = _record(community, shape.COMMUNITY_TEXTS, shape.COMMUNITY_DOCUMENTS, path, faults)
    if isinstance(tree.get("community"), dict) and not bundle.community.get("key"):
        shape.required((*path, "key"), faults)
    bundle.members = _records(tree, "members", shape.MEMBER_TEXTS, shape.MEMBER_DOCUMENTS, faults)
    bundle.assets = _records(tree, "assets", shape.ASSET_TEXTS, shape.ASSET_DOCUMENTS, faults)


def _records(
    tree: dict[str, Any],
    section: str,
    texts: tuple[str, ...],
    documents: tuple[str, ...],
    faults: list[FileFault],
) -> dict[str, dict[str, Any]]:
    records = shape.mapping_at(tree.get(section), (section,), faults, optional=True)
    return {
        key: _record(
            shape.mapping_at(given, (section, key), faults), texts, documents, (section, key), faults
        )
        for key, given in records.items()
    }


def _record(
    given: dict[str, Any],
    texts: tuple[str, ...],
    documents: tuple[str, ...],
    path: Path,
    faults: list[FileFault],
) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, value in given.items():
        if name in documents:
            record[name] = value
        elif name in texts:
            record[name] = shape.text_at(value, (*path, name), faults)
        else:
            shape.unknown_field(name, (*texts, *documents), (*path, name), faults)
    return record


def sections(
    community: dict[str, Any], members: shape.Records, assets: shape.Records
) -> Iterator[tuple[str, Any]]:
    """The top level of a native file, its records one after another; empty documents are left out."""
    yield HEADER, VERSION
    yield "community", shape.without_empty_documents(community, shape.COMMUNITY_DOCUMENTS)
    yield "members", _without_empty(members, shape.MEMBER_DOCUMENTS)
    yield "assets", _without_empty(assets, shape.ASSET_DOCUMENTS)


def _without_empty(records: shape.Records, documents: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    return ((key, shape.without_empty_documents(record, documents)) for key, record in records)
