"""The columns of a table, from the fields of the records and the schemas of their documents.

A column has a technical name (``properties.capacity_kwp``, ``delivery_point_1_id``) and a label in each
language (``Peak power (kWp)``); a file may use any of them. What no column of its own can carry, such as keys
that no schema knows, stands as JSON in a column for the rest of the document (``extra``).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from assets.models import Asset, AssetType
from members.models import Member, Role, Status
from recportal.documents.faults import Path, Text
from recportal.documents.schemas import schema

from .cells import Format

Kind: TypeAlias = Literal["member", "asset"]

#: More delivery points of one member than these stand in the column for the rest.
MOST_GROUPS: Final = 10
LANGUAGES: Final = ("en", "it")
POINTS: Final = "delivery_points"

_JSON: Final = Format(("json",))
_KINDS: Final[dict[str, Any]] = {"number": "number", "integer": "integer", "boolean": "boolean"}


@dataclass(frozen=True, eq=False)
class Column:
    """One column. ``path`` leads to the value in the record as a bundle has it.

    In a delivery point's column it is (``delivery_points``, number of the group, key). With a JSON format the
    column is the rest of a document.
    """

    name: str
    path: Path
    format: Format
    title: Text
    #: The document or group in which it stands, for where a title alone would be that of two columns.
    place: Text = ""
    group: int = 0

    @property
    def is_rest(self) -> bool:
        return self.format is _JSON

    def titles(self) -> Iterator[str]:
        """What it is called in the present language, shortest first."""
        title = _capital(gettext(str(self.title)))
        place = _capital(str(self.place)) if self.place else ""
        unit = f" ({self.format.unit})" if self.format.unit else ""
        if self.group:
            place = f"{place} {self.group}"
        else:
            yield f"{title}{unit}"
        if place:
            yield f"{place}: {title}{unit}"
        yield self.name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def columns_of(kind: Kind, groups: int = 1) -> tuple[Column, ...]:
    """The columns in the order of the export, with so many groups for delivery points."""
    return tuple(_member_columns(groups) if kind == "member" else _asset_columns())


def _member_columns(groups: int) -> Iterator[Column]:
    yield Column("community", ("community",), Format(), _("community"))
    yield from _texts(Member, "key", "name", role=Role, status=Status, area=None, user_id=None)
    item = schema("members/delivery_points").definition["items"]
    for number in range(1, groups + 1):
        for key, part in item["properties"].items():
            yield Column(
                f"delivery_point_{number}_{key}",
                (POINTS, number, key),
                _format([part]),
                part["title"],
                _("delivery point"),
                number,
            )
    yield _rest(POINTS, _("further delivery points (JSON)"))
    yield from _document("extra", ["members/extra"], Member)
    yield _rest("extra", _("further data (JSON)"))


def _asset_columns() -> Iterator[Column]:
    yield Column("community", ("community",), Format(), _("community"))
    yield from _texts(Asset, "key", "name", asset_type=AssetType, owner=None, sensor_id=None)
    yield from _document("properties", [f"assets/properties/{each}" for each in AssetType.values], Asset)
    yield from _document("device", ["assets/device"], Asset)
    yield from _document("relationships", ["assets/relationships"], Asset)
    yield _rest("properties", _("further properties (JSON)"))
    yield _rest("device", _("further data of the device (JSON)"))
    yield _rest("relationships", _("further relationships (JSON)"))
    yield _rest("extra", _("further data (JSON)"))


def _texts(model: Any, *names: str, **more: Any) -> Iterator[Column]:
    for name in (*names, *more):
        choices = more.get(name)
        words: Mapping[str, Text] = dict(choices.choices) if choices else {}
        title = model._meta.get_field(name).verbose_name
        yield Column(name, (name,), Format(words=words), title, model._meta.verbose_name)


def _document(name: str, schemas: list[str], model: Any) -> Iterator[Column]:
    """A column for each key that one of the schemas knows, in their order."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for each in schemas:
        for key, part in schema(each).definition["properties"].items():
            if "not" not in part:
                parts.setdefault(key, []).append(part)
    for key, found in parts.items():
        title = found[0]["title"]
        place = model._meta.get_field(name).verbose_name
        yield Column(f"{name}.{key}", (name, key), _format(found), title, place)


def _format(parts: list[dict[str, Any]]) -> Format:
    """What the cells of a property mean, after its types in the schemas that have it."""
    types: list[str] = []
    for part in parts:
        given = part.get("type", "string")
        types += given if isinstance(given, list) else [given]
    if parts[0].get("format") == "date":
        return Format(("date",))
    if "array" in types:
        return Format(("keys",))
    kinds = tuple(dict.fromkeys(_KINDS[each] for each in types if each in _KINDS))
    return Format(kinds or ("text",), parts[0].get("x-unit", ""))


def _rest(name: str, title: Text) -> Column:
    return Column(name, (name,), _JSON, title)


@cache
def headers(kind: Kind, groups: int, language: str) -> dict[str, str]:
    """Column name → its header in a language: the shortest title that is no other column's too."""
    columns = columns_of(kind, groups)
    if not language:
        return {column.name: column.name for column in columns}
    with override(language):
        titles = {column.name: list(column.titles()) for column in columns}
    shared = Counter(title for each in titles.values() for title in set(map(_folded, each)))
    return {
        name: next(title for title in each if shared[_folded(title)] == 1) for name, each in titles.items()
    }


@cache
def _known(kind: Kind, groups: int) -> dict[str, Column]:
    """Any header that means one column and no other, folded → the column."""
    columns = columns_of(kind, groups)
    meanings: dict[str, set[Column]] = {}
    for language in LANGUAGES:
        for column in columns:
            own = [headers(kind, groups, language)[column.name]]
            with override(language):
                own += [title for each in column.titles() for title in (each, _without_unit(each, column))]
            for title in own:
                meanings.setdefault(_folded(title), set()).add(column)
    known = {title: next(iter(found)) for title, found in meanings.items() if len(found) == 1}
    # The headers that the export writes come before a like title of another column in another language.
    for language in reversed(LANGUAGES):
        by_name = {column.name: column for column in columns}
        known |= {_folded(header): by_name[name] for name, header in headers(kind, groups, language).items()}
    return known | {column.name: column for column in columns}


def column_named(kind: Kind, header: str, groups: int) -> Column | None:
    """The column with this header, in any language; a key that no schema knows has its dotted name only."""
    found = _known(kind, groups).get(_folded(header))
    if found:
        return found
    document, dot, key = header.strip().partition(".")
    if (
        dot
        and key
        and document in {column.name for column in columns_of(kind, 1) if column.is_rest} - {POINTS}
    ):
        return Column(header.strip(), (document, key), Format(), header.strip())
    return None


def _without_unit(title: str, column: Column) -> str:
    return title.removesuffix(f" ({column.format.unit})")


def _folded(header: str) -> str:
    return " ".join(header.lower().split())
