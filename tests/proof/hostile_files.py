"""Files of a given size that are made to cost as much as they can, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

Maker = Callable[[int], bytes]


def filled(head: str, part: Callable[[int], str], tail: str, size: int) -> bytes:
    """``head``, as many parts as there is room for, and ``tail``."""
    parts, room = [head], size - len(head) - len(tail)
    for number in count():
        text = part(number)
        room -= len(text)
        if room < 0:
            break
        parts.append(text)
    return "".join([*parts, tail]).encode()


_YAML: Final = "recportal: 1\ncommunity: {key: home, name: Home}\n"
_JSON: Final = '{"recportal":1,"community":{"key":"home","name":"Home"},'
_CELINE: Final = 'version: "1.0"\nschema_version: "0.6"\ncommunity: {id: home, name: Home}\n'


def _json_members(part: Callable[[int], str]) -> Maker:
    return lambda size: filled(_JSON + '"members":{"m":{"name":"M"}', lambda n: f",{part(n)}", "}}", size)


def _yaml_members(part: Callable[[int], str]) -> Maker:
    return lambda size: filled(_YAML + "members:\n", lambda n: f"  {part(n)}\n", "", size)


def _celine_members(part: Callable[[int], str]) -> Maker:
    return lambda size: filled(_CELINE + "members:\n", lambda n: f"  {part(n)}\n", "", size)


def _in_extra(part: Callable[[int], str]) -> Maker:
    head = _JSON + '"members":{"m":{"name":"M","extra":{"a":['
    return lambda size: filled(head, lambda n: f"{part(n)},", "0]}}}}", size)


def _deep(size: int) -> bytes:
    return (_JSON + '"members":{"m":{"extra":').encode() + b'{"a":' * (size // 5)


def _long(size: int) -> bytes:
    text = "\U0001f600\x07\"<&'" * (size // 18)
    return (_JSON + f'"members":{{{json.dumps(text, ensure_ascii=False)}:{{"{text[:99]}":1}}}}}}').encode()


def _table(header: str, part: Callable[[int], str]) -> Maker:
    return lambda size: filled(header + "\n", lambda n: f"{part(n)}\n", "", size)


#: File name (its ending tells what it is) → what makes it.
BUNDLES: Final[dict[str, Maker]] = {
    "empty-members.json": _json_members(lambda n: f'"{n}":{{}}'),
    "small-members.json": _json_members(lambda n: f'"m{n}":{{"name":"M"}}'),
    "small-assets.json": lambda size: filled(
        _JSON + '"members":{"m":{"name":"M"}},"assets":{"a":null',
        lambda n: f',"a{n}":{{"owner":"m","asset_type":"pv","name":"A"}}',
        "}}",
        size,
    ),
    "wrong-assets.json": lambda size: filled(
        _JSON + '"assets":{"a":null',
        lambda n: f',"a{n}":{{"owner":"x{n}","asset_type":"z","name":"","properties":{{"tilt":"x"}}}}',
        "}}",
        size,
    ),
    "members-of-no-object.json": _json_members(lambda n: f'"m{n}":1'),
    "unknown-fields.json": _json_members(lambda n: f'"m{n}":{{"{n}":1,"b":2,"c":3,"d":4}}'),
    "one-record-of-unknown-fields.json": lambda size: filled(
        _JSON + '"members":{"m":{"name":"M","role":"consumer"', lambda n: f',"f{n}":1', "}}}", size
    ),
    "unknown-sections.json": lambda size: filled(_JSON + '"a":1', lambda n: f',"s{n}":1', "}", size),
    "duplicate-keys.json": _json_members(lambda n: f'"{n % 9}":{{"name":"M","name":"N"}}'),
    "marked-numbers.json": _in_extra(lambda n: "NaN,1e999"),
    "lists.json": _in_extra(lambda n: "[]"),
    "numbers.json": _in_extra(lambda n: "1"),
    "surrogates.json": _in_extra(lambda n: '"\\ud800"'),
    "objects.json": _in_extra(lambda n: '{"a":1}'),
    "deep.json": _deep,
    "long-texts.json": _long,
    "long-key-of-errors.json": lambda size: filled(
        _JSON + '"members":{"' + "k" * (size // 2) + '":{"name":"M","role":"consumer"',
        lambda n: f',"f{n}":1',
        "}}}",
        size,
    ),
    "long-values-twice.json": _json_members(lambda n: f'"{n}":{{"name":"{"é" * 500}","area":"{"&" * 500}"}}'),
    "many-points.json": _json_members(
        lambda n: f'"m{n}":{{"name":"M","delivery_points":[{{"id":"P{n}"}},{{"id":"P0"}},{{"id":"P{n}"}}]}}'
    ),
    "nodes.json": lambda size: filled(
        '{"recportal":1,"community":{"key":"home","name":"Home","topology":[{"id":"n"}',
        lambda n: f',{{"id":"n{n}","children":["n{n + 1}","x"]}}',
        "]}}",
        size,
    ),
    "areas.json": lambda size: filled(
        '{"recportal":1,"community":{"key":"home","name":"Home","areas":{"a":{}',
        lambda n: f',"a{n}":{{"x":1,"boundary":1}}',
        "}}}",
        size,
    ),
    "empty-members.yaml": _yaml_members(lambda n: f"{n}:"),
    "small-members.yaml": _yaml_members(lambda n: f"m{n}: {{name: M}}"),
    "unknown-fields.yaml": _yaml_members(lambda n: f"m{n}: {{a: 1, b: 2}}"),
    "anchors.yaml": _yaml_members(lambda n: f"m{n}: &a{n} {{name: *a{n}}}"),
    "duplicate-keys.yaml": _yaml_members(lambda n: f"{n % 9}: {{name: M}}"),
    "lists.yaml": lambda size: filled(_YAML + "members: {m: {extra: {a: [", lambda n: "[],", "]}}}\n", size),
    "deep.yaml": lambda size: (_YAML + "members: ").encode() + b"[" * size,
    "comments.yaml": lambda size: filled(_YAML, lambda n: "#\n", "", size),
    "long-text.yaml": lambda size: filled(
        _YAML + "members:\n  m:\n    name: >\n", lambda n: "      x\n", "", size
    ),
    "no-bundle.yaml": lambda size: filled("", lambda n: f"k{n}: 1\n", "", size),
    "celine-members.yaml": _celine_members(lambda n: f"{n}:"),
    "celine-types.yaml": _celine_members(lambda n: f"m{n}: {{name: M, assets: {{t{n}: {{a: 1}}}}}}"),
    "celine-assets-taken.yaml": _celine_members(lambda n: f"m{n}: {{name: M, assets: {{pv: {{a: {{}}}}}}}}"),
    "celine-said-twice.yaml": _celine_members(lambda n: f"m{n}: {{name: M, x: 1, extra: {{x: 2}}}}"),
    "celine-parents.yaml": lambda size: filled(
        'schema_version: "0.6"\ncommunity:\n  id: home\n  name: Home\n  topology:\n',
        lambda n: f"  - {{id: n{n}, parent: x{n}}}\n",
        "",
        size,
    ),
}

TABLES: Final[dict[str, Maker]] = {
    "rows.csv": _table("key;name", lambda n: f"m{n};M"),
    "rows-of-one-key.csv": _table("key;name", lambda n: "m;M"),
    "rows-without-key.csv": _table("key;name", lambda n: ";M"),
    "wrong-cells.csv": _table(
        "key;name;role;status;delivery_point_1_id;delivery_points;extra",
        lambda n: f"m{n % 49000};;z;z;,;[;{{",
    ),
    "wide-rows.csv": lambda size: filled("key;name\n", lambda n: "x;" * 5000 + "\n", "", size),
    "unknown-columns.csv": lambda size: filled(
        "key;name;" + ";".join(f"u{n}" for n in range(990)) + "\n", lambda n: "1;" * 990 + "\n", "", size
    ),
    "long-cells.csv": _table("key;name;extra", lambda n: f"m{n};{'é' * 9000};{{'"),
    "json-cells.csv": _table("key;name;extra", lambda n: f'm{n};M;"[{"[]," * 300}[]]"'),
    "open-quotes.csv": lambda size: b'key;name\n"' + b"x\n" * (size // 2),
    "numbers.csv": _table(
        "key;name;asset_type;owner;properties.capacity_kwp", lambda n: f"a{n};A;pv;m;1.234,5.6"
    ),
    "no-header.csv": lambda size: filled("", lambda n: "x;y\n", "", size),
    "one-line.csv": lambda size: b"key;name;" + b"key;" * (size // 4),
}


def bodies() -> Iterator[tuple[str, Maker]]:
    """JSON bodies for a record."""
    yield (
        "unknown fields",
        lambda size: filled('{"name":"M","role":"consumer"', lambda n: f',"f{n}":1', "}", size),
    )
    yield (
        "long names",
        lambda size: filled('{"name":"M","role":"consumer"', lambda n: f',"{n}{"é" * 99}":1', "}", size),
    )
    yield (
        "unknown points",
        lambda size: filled('{"name":"M","delivery_points":[{"id":"P"}', lambda n: ",7", "]}", size),
    )
    yield "extra", lambda size: filled('{"name":"M","extra":{"a":[1', lambda n: ",[]", "]}}", size)
    yield (
        "numbers",
        lambda size: filled('{"name":"M","extra":{"a":[1', lambda n: ",9007199254740993", "]}}", size),
    )
    yield (
        "long keys",
        lambda size: filled(
            '{"name":"M","extra":{"' + "k" * (size // 2) + '":[1', lambda n: ",9007199254740993", "]}}", size
        ),
    )
    yield (
        "properties",
        lambda size: filled('{"name":"M","properties":{"tilt":"x"', lambda n: f',"{n} ":1', "}}", size),
    )
    yield "nodes", lambda size: filled('{"name":"M","topology":[5', lambda n: ",7", "]}", size)
    yield "areas", lambda size: filled('{"name":"M","areas":{"a":5', lambda n: f',"a{n}":7', "}}", size)
    yield "twice", lambda size: filled('{"name":"M","role":"consumer"', lambda n: ',"name":1', "}", size)
    yield "a long text", lambda size: json.dumps({"name": "<&\"'\x07" * (size // 12)}).encode()
    yield "ids", lambda size: filled('{"user_ids":["a"', lambda n: ",7", "]}", size)
