"""The neutral form of a bundle: what a file says, under the seed's names, whatever its dialect."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Path, Text, say
from recportal.documents.text import shown
from recportal.text import stored

from . import celine, native
from .faults import BundleUnreadable, FileFault
from .garbage import garbage_left_alone
from .parsing import parse_file

if TYPE_CHECKING:
    from .spreadsheets.sheet import Sheet

__all__ = ["Bundle", "BundleUnreadable", "Dialect", "FileFault", "read_bundle"]

Dialect: TypeAlias = Literal["native", "celine"]

#: Members and assets of one file: what 64 MiB hold when the records say something. Each is a few kilobytes of
#: memory, however little stands in the file.
MOST_RECORDS: Final = 150_000


@dataclass
class Bundle:
    """One whole community. Records hold the fields that the file gives, and no others.

    Texts are texts; a text or document that the file leaves blank is None, which says as little as a field
    that is missing. Documents are as they stand in the file: it is for the document fields to judge them.
    ``faults`` are those of the file itself; what it says at a faulty place is left out or guessed, so that a
    bundle with faults must not be applied.
    """

    dialect: Dialect
    #: The seed's fields of the community, with its ``key``.
    community: dict[str, Any] = field(default_factory=dict)
    #: By member key.
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: By asset key, with ``owner`` (a member key) and ``asset_type`` among the fields; a native file may
    #: leave these out of an asset that exists already.
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Node id → id of its parent (CELINE only), in the order of the file; both trimmed. The nodes in
    #: ``community["topology"]`` do not have these as ``children`` yet: see ``celine.children_from_parents``.
    parents: dict[str, str] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    #: The table that the records were read from, for a bundle that was one.
    sheet: "Sheet | None" = None
    #: By the key of a record of the table: the places that are emptied before the rest is merged into them,
    #: with the ``id`` of list entries for their indexes.
    cleared: dict[str, list[Path]] = field(default_factory=dict)


@garbage_left_alone()
def read_bundle(content: bytes, name: str) -> Bundle:
    """The bundle in a file with this content; ``name`` tells YAML and JSON apart by its extension.

    Raises ``BundleUnreadable`` where the file is not a file of values (see ``parse_file``) or its header is
    not that of a dialect (``unknown_dialect``, ``unknown_version``), or which holds ``too_many_records``.
    What is wrong further inside is in the bundle's ``faults``: ``unknown_field``, ``wrong_type``,
    ``required``, and from CELINE's dialect ``invalid_choice``, ``key_taken`` and ``said_twice``.
    """
    tree = parse_file(content, name)
    dialect = _dialect(tree)
    bundle = Bundle(dialect)
    if dialect == "native":
        native.read(tree, bundle)
    else:
        celine.read(tree, bundle)
    key = bundle.community.get("key")
    if isinstance(key, str):
        bundle.community["key"] = stored(key) or key
    if len(bundle.members) + len(bundle.assets) > MOST_RECORDS:
        _refuse((), "too_many_records", say(_("A file has at most %(most)s records."), most=MOST_RECORDS))
    return bundle


def _dialect(tree: dict[str, Any]) -> Dialect:
    is_native, is_celine = native.HEADER in tree, celine.HEADER in tree
    if is_native and is_celine:
        _refuse(
            (),
            "unknown_dialect",
            _("The file has the headers of two dialects, recportal and schema_version."),
        )
    if is_native:
        if not native.knows(tree[native.HEADER]):
            _refuse_version(native.HEADER, tree[native.HEADER], [str(native.VERSION)])
        return "native"
    if not is_celine:
        keys = ", ".join(shown(key) for key in list(tree)[:10])
        message = _("A bundle begins with “recportal: 1” or “schema_version”, and this file has: %(keys)s.")
        _refuse((), "unknown_dialect", say(message, keys=keys or "–"))
    if celine.version_of(tree[celine.HEADER]) is None:
        _refuse_version(celine.HEADER, tree[celine.HEADER], [f'"{version}"' for version in celine.VERSIONS])
    return "celine"


def _refuse_version(header: str, found: Any, known: list[str]) -> None:
    message = _("The version of the dialect is %(found)s, and this program reads %(known)s.")
    _refuse((header,), "unknown_version", say(message, found=shown(repr(found)), known=", ".join(known)))


def _refuse(path: Path, code: str, message: Text) -> None:
    raise BundleUnreadable([FileFault(path, code, message)])
