"""A quick yes to a document: certain where it is given; where it is not, the judge is asked.

``jsonschema`` takes 10 to 30 µs for a small document, and a second for a megabyte of boundaries, to find
nothing wrong. So each schema is also compiled to functions that say yes to what is valid and in order
already, and leave the rest to the judge. They know the keywords of our files; what holds another one is never
given a quick yes.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from jsonschema import FormatChecker

from recportal.text import compared, stored

if TYPE_CHECKING:
    from .schemas import Schema

Yes = Callable[[Any], bool]

#: Keywords that decide nothing.
_ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "default", "examples", "x-unit", "x-belongs-to"}
)
_OF_TEXT: Final = frozenset({"minLength", "maxLength", "pattern", "format", "x-trim", "x-words"})
_OF_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_OF_LISTS: Final = frozenset({"items", "prefixItems", "minItems", "maxItems", "x-unique-by", "x-closed-ring"})
_OF_OBJECTS: Final = frozenset({"properties", "required", "additionalProperties", "propertyNames", "allOf"})
_KNOWN: Final = _ANNOTATIONS | _OF_TEXT | _OF_NUMBERS | _OF_LISTS | _OF_OBJECTS | {"type", "enum"}
_PYTHON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),  # 5.0 is one, too: that is for the judge
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_INFINITE: Final = float("inf")


def _never(_value: Any) -> bool:
    return False


def _always(_value: Any) -> bool:
    return True


def _all(tests: list[Yes]) -> Yes:
    tests = [test for test in tests if test is not _always]
    if not tests:
        return _always
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


class QuickYes:
    """Compiles one schema, which must not refer to itself. Values are expected without flaws
    (``text.flaws``).
    """

    def __init__(self, schema: "Schema", formats: FormatChecker) -> None:
        self._resolve = schema.resolve
        self._words_of = schema.words_of
        self._formats = formats
        self.to = self._part(schema.definition)

    def _part(self, part: Any) -> Yes:
        if not isinstance(part, dict):
            return _never  # true and false are schemas, too
        part = self._resolve(part)
        if not part.keys() <= _KNOWN:
            return _never
        names = part.get("type", list(_PYTHON_TYPES))
        tests = {
            kind: self._of_type(kind, part)
            for name in ([names] if isinstance(names, str) else names)
            for kind in _PYTHON_TYPES.get(name, ())
        }
        if len(tests) != 1:
            return lambda value: tests.get(type(value), _never)(value)
        ((only, test),) = tests.items()
        if test is _always:
            return lambda value: type(value) is only
        return lambda value: type(value) is only and test(value)

    def _of_type(self, kind: type, part: dict[str, Any]) -> Yes:
        tests = [_among(part["enum"])] if "enum" in part else []
        if "allOf" in part and kind is not dict:
            return _never
        if kind is str:
            tests += self._text(part)
        elif kind is dict:
            tests += self._object(part)
        elif kind is list:
            tests += self._list(part)
        elif kind is not bool and part.keys() & _OF_NUMBERS:
            tests.append(_between(part))
        return _all(tests)

    def _text(self, part: dict[str, Any]) -> list[Yes]:
        tests: list[Yes] = [_counted(part, "minLength", "maxLength")]
        if part.get("x-trim"):
            tests.append(lambda value: stored(value) == value)
        if words := self._words_of(part):
            known = words.known
            tests.append(lambda value: known(value) == value)
        if "pattern" in part:
            found = re.compile(part["pattern"]).search
            tests.append(lambda value: found(value) is not None)
        if "format" in part:
            conforms, name = self._formats.conforms, part["format"]
            tests.append(lambda value: conforms(value, name))
        return tests

    def _list(self, part: dict[str, Any]) -> list[Yes]:
        tests: list[Yes] = [_counted(part, "minItems", "maxItems")]
        first = [self._part(entry) for entry in part.get("prefixItems", ())]
        if "items" in part:
            entry = self._part(part["items"])
            tests.append(_never if first else lambda value: all(map(entry, value)))
        elif first:
            tests.append(lambda value: all(test(item) for test, item in zip(first, value, strict=False)))
        if part.get("x-closed-ring"):
            tests.append(lambda value: len(value) < 2 or value[0] == value[-1])
        if "x-unique-by" in part:
            tests.append(_different_by(part["x-unique-by"]))
        return tests

    def _object(self, part: dict[str, Any]) -> list[Yes]:
        tests: list[Yes] = []
        if part.get("required"):
            required = frozenset(part["required"])
            tests.append(lambda value: required <= value.keys())
        if part.get("properties") or "additionalProperties" in part:
            known = {key: self._part(below) for key, below in part.get("properties", {}).items()}
            others = self._part(part["additionalProperties"]) if "additionalProperties" in part else _always
            tests.append(lambda value: all(known.get(key, others)(item) for key, item in value.items()))
        if "propertyNames" in part:
            named = self._part({"type": "string", **part["propertyNames"]})
            tests.append(lambda value: all(map(named, value)))
        tests += [self._condition(each) for each in part.get("allOf", ())]
        return tests

    def _condition(self, part: dict[str, Any]) -> Yes:
        """``if`` one key has a certain value ``then``: any other form of ``allOf`` is for the judge."""
        try:
            (name,) = part["if"]["required"]
            ((key, wanted),) = part["if"]["properties"].items()
            (keyword,) = wanted
        except (KeyError, ValueError):
            return _never
        if part.keys() != {"if", "then"} or part["if"].keys() != {"properties", "required"}:
            return _never
        if name != key or keyword != "const" or not isinstance(wanted["const"], str):
            return _never
        constant, then = wanted["const"], self._part(part["then"])
        return lambda value: value.get(key) != constant or then(value)


def _among(allowed: list[Any]) -> Yes:
    """Texts only: to Python, 1 is among [True]."""
    texts = frozenset(each for each in allowed if isinstance(each, str))
    return lambda value: type(value) is str and value in texts


def _counted(part: dict[str, Any], least_key: str, most_key: str) -> Yes:
    if least_key not in part and most_key not in part:
        return _always
    least, most = part.get(least_key, 0), part.get(most_key, _INFINITE)
    return lambda value: least <= len(value) <= most


def _between(part: dict[str, Any]) -> Yes:
    least, most = part.get("minimum", -_INFINITE), part.get("maximum", _INFINITE)
    above, below = part.get("exclusiveMinimum", -_INFINITE), part.get("exclusiveMaximum", _INFINITE)
    return lambda value: least <= value <= most and above < value < below


def _different_by(name: str) -> Yes:
    """Entries without a text of this name are for the judge."""

    def test(value: list[Any]) -> bool:
        named = [item.get(name) for item in value if type(item) is dict]
        marks = {compared(each) for each in named if type(each) is str}
        return len(marks) == len(value)

    return test
