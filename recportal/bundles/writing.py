"""From the neutral form to the text of a file: the same community always gives the same text.

Keys are sorted, but for the few at the top, where the header comes first; no clock is in the text. What is
written, ``parsing`` reads back equal.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from . import celine, native
from .bundle import Bundle, Dialect
from .shape import Records

Form: TypeAlias = Literal["yaml", "json"]

#: Words that some YAML reader takes for something else than text, in any capitals.
_NOT_TEXT: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
#: Text that needs no quotes anywhere in a block: it begins with a letter, and nothing in it could end it,
#: begin a comment or be folded. A date or a number begins with a digit, and so is quoted.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w./@+%'()-]|,(?=[ \w])|:(?=[\w/])| (?=[\w(]))*")
#: What JSON leaves as it is and YAML reads as a line break, or not at all.
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
#: YAML recognizes a key of up to 1024 characters by the colon after it; a longer one is announced by a
#: question mark.
_LONGEST_SIMPLE_KEY: Final = 1000
#: A list of up to so many numbers, such as a position on the map, stands in one line.
_LONGEST_ROW: Final = 4


def write_bundle(bundle: Bundle, dialect: Dialect = "native", form: Form = "yaml") -> str:
    """The text of a file with this community, ending with a line break.

    Nothing is lost: what a dialect has no flat place for, it writes in an explicit one. The bundle must be
    sound, as one made from the register is. Raises ``ValueError`` for one that is not: faults, an asset
    without owner or type (CELINE), a parent that is no node, a number that JSON does not know.
    """
    if bundle.faults:
        raise ValueError("a bundle with faults cannot be written")
    settled = _with_children(bundle)
    members = sorted(settled.members.items())
    assets = sorted(settled.assets.items(), key=lambda pair: asset_order(pair[0], pair[1], dialect))
    return "".join(written(settled.community, members, assets, dialect, form))


def asset_order(key: str, asset: dict[str, Any], dialect: Dialect) -> tuple[str, str]:
    """By what the assets of a bundle are sorted: in CELINE's they stand below their owners."""
    return (str(asset.get("owner")), key) if dialect == "celine" else (key, "")


def written(
    community: dict[str, Any], members: Records, assets: Records, dialect: Dialect, form: Form
) -> Iterator[str]:
    """The text of a file piece by piece, a record at a time; members by key, assets by ``asset_order``."""
    write = _json_pieces if form == "json" else _yaml_pieces
    sections = native.sections if dialect == "native" else celine.sections
    return write(sections(community, members, assets))


def _with_children(bundle: Bundle) -> Bundle:
    if not bundle.parents:
        return bundle
    topology = bundle.community["topology"]
    if celine.unknown_parents(topology, bundle.parents):
        raise ValueError("a node has a parent that is no node of the bundle")
    community = {**bundle.community, "topology": celine.children_from_parents(topology, bundle.parents)}
    return replace(bundle, community=community, parents={})


def to_json(tree: dict[str, Any]) -> str:
    """The tree as JSON, its top level in the order given and all below sorted."""
    return "".join(_json_pieces(tree.items()))


def _json_pieces(sections: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """As ``to_json``. A section that is an iterator stands for an object, its pairs sorted already."""
    before = "{\n  "
    for name, value in sections:
        if isinstance(value, Iterator):
            yield f"{before}{json.dumps(name)}: "
            inner = "{\n    "
            for key, item in value:
                yield f"{inner}{_json(key)}: {_json(item, 4)}"
                inner = ",\n    "
            yield "{}" if inner.startswith("{") else "\n  }"
        else:
            yield f"{before}{json.dumps(name)}: {_json(value, 2)}"
        before = ",\n  "
    yield "\n}\n"


def _json(value: Any, depth: int = 0) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=2)
    # A text in JSON has no line breaks, so that indenting changes none.
    return text.replace("\n", "\n" + " " * depth)


def to_yaml(tree: dict[str, Any]) -> str:
    """The tree as YAML, its top level in the order given and all below sorted.

    An emitter of our own, since what has to be quoted is what our reader and the loaders of others (YAML 1.1
    among them) would not take for text, and PyYAML's emitters take ten times as long to find out.
    """
    return "".join(_yaml_pieces(tree.items()))


def _yaml_pieces(sections: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """As ``to_yaml``. A section that is an iterator stands for an object, its pairs sorted already."""
    for name, value in sections:
        lines: list[str] = []
        if not isinstance(value, Iterator):
            _write_pair(name, value, "", lines)
            yield from lines
            continue
        is_empty = True
        for key, item in value:
            if is_empty:
                lines.append(f"{_text(name)}:\n")
                is_empty = False
            _write_pair(key, item, "  ", lines)
            yield "".join(lines)
            lines.clear()
        if is_empty:
            yield f"{_text(name)}: {{}}\n"


def _write(value: dict[str, Any] | list[Any], indent: str, lines: list[str]) -> None:
    """Add the lines of a list or object that is not empty."""
    if isinstance(value, dict):
        for name in sorted(value):
            _write_pair(name, value[name], indent, lines)
        return
    for item in value:
        if _fits_in_line(item):
            lines.append(f"{indent}- {_in_line(item)}\n")
            continue
        start = len(lines)
        _write(item, indent + "  ", lines)
        lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"


def _write_pair(name: str, value: Any, indent: str, lines: list[str]) -> None:
    key = _text(name)
    if len(key) > _LONGEST_SIMPLE_KEY:
        lines.append(f"{indent}? {key}\n")
        key = indent
    else:
        key = indent + key
    if _fits_in_line(value):
        lines.append(f"{key}: {_in_line(value)}\n")
    else:
        lines.append(f"{key}:\n")
        _write(value, indent + "  ", lines)


def _fits_in_line(value: Any) -> bool:
    if isinstance(value, list) and len(value) <= _LONGEST_ROW:
        return all(type(item) is float or type(item) is int for item in value)
    return not value or not isinstance(value, dict | list)


def _in_line(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_in_line, value))}]"
    if isinstance(value, float):
        return _decimal(value)
    return "{}" if value == {} else json.dumps(value)


def _decimal(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a number that JSON does not know")
    digits = repr(value)
    # YAML 1.1 knows no exponent without a decimal point before it.
    return digits if "." in digits else digits.replace("e", ".0e")


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
