"""Every cell of the permission table: the status, nothing of others told, nothing written without right."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.addresses import Route, routes

from . import table
from .cells import Answer, Asking
from .register import CALLERS, filled, told

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
PLACES: Final = ("a", "b", "held")
#: Placeholders that name no record of anybody.
_NAMELESS: Final = {"anything", "records", "form", "url", "name", "provider_id", "key", "uidb36", "app_label"}
_REFUSED: Final = "UFNMBLVA"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Row:
    """The lines of one route: method → the letters for each place, by caller."""

    address: str
    letters: dict[str, tuple[str, ...]]

    def places(self) -> tuple[str, ...]:
        return PLACES[: max(len(blocks) for blocks in self.letters.values())]

    def expected(self, method: str, place: str, caller: str) -> str:
        """The letters of which one must come: one for a method with a line."""
        number, column = PLACES.index(place), CALLERS.index(caller)
        if method in self.letters:
            blocks = self.letters[method]
            return blocks[min(number, len(blocks) - 1)][column]
        others = [self.letters[each] for each in ("GET", "POST") if each in self.letters]
        allowed = "".join(blocks[min(number, len(blocks) - 1)][column] for blocks in others)
        return _REFUSED + allowed + ("+" if method == "OPTIONS" else "")


@dataclass(frozen=True)
class Cell:
    row: Row
    route: Route
    method: str
    place: str

    @property
    def is_named(self) -> bool:
        """Whether the table has a line for this method."""
        return self.method in self.row.letters


def rows() -> Iterator[Row]:
    """The table as it is read by the test. A line with a wrong number of letters is an error."""
    address, letters = "", dict[str, tuple[str, ...]]()
    lines = f"{table.API}\n{table.PAGES}\n{table.ACCOUNTS}\n{table.ADMIN}".splitlines()
    for line in filter(str.strip, lines):
        words = line.split()
        if not line.startswith(" "):
            if address:
                yield Row(address, letters)
            address, letters = words.pop(0), {}
        if words:
            blocks = tuple("".join(words[1:]).split("|"))
            assert {len(block) for block in blocks} == {len(CALLERS)}, line
            letters.update(dict.fromkeys(words[0].split(","), blocks))
    yield Row(address, letters)


def known_routes() -> dict[str, Route]:
    """Address → route; of two at one address the first is the one that answers."""
    found: dict[str, Route] = {}
    for route in routes():
        found.setdefault(route.address, route)
    return found


def cells_of(lines: dict[str, Row]) -> Iterator[Cell]:
    for address, route in known_routes().items():
        if row := lines.get(address):
            yield from (Cell(row, route, method, place) for method in METHODS for place in row.places())


def missing(known: dict[str, Route], lines: dict[str, Row]) -> list[str]:
    """A sentence for each route, and each method of the API, that the table says nothing of."""
    sentences = []
    for address, route in known.items():
        if address not in lines:
            sentences.append(f"{address} is not in tests/permissions/table.py: who may do what there?")
            continue
        unsaid = (route.methods or frozenset[str]()) - lines[address].letters.keys()
        sentences += [f"{address} takes {method}, of which the table says nothing." for method in unsaid]
        if set(route.placeholders) - _NAMELESS and len(lines[address].places()) < 2:
            sentences.append(f"{address} names records, but its line has no letters for those of B.")
    return sentences + [
        f"{address} is in the table, but is no route." for address in lines.keys() - known.keys()
    ]


@pytest.fixture
def asking(db: None) -> Iterator[Asking]:
    logging.disable(logging.ERROR)  # thousands of refusals would hide the one that is wrong
    yield Asking(filled())
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def lines() -> dict[str, Row]:
    return {row.address: row for row in rows()}


def test_every_route_is_in_the_table(asking: Asking, lines: dict[str, Row]) -> None:
    known = known_routes()
    sentences = missing(known, lines)
    today = [
        f"{address} {method} {seen_today(asking, known[address], method)}"
        for address in known
        if address not in lines
        for method in sorted(known[address].methods or {"GET", "POST"})
    ]
    assert not sentences, "\n".join([*sentences, "How they answer today, right or wrong:", *today])


def seen_today(asking: Asking, route: Route, method: str) -> str:
    names_records = bool(set(route.placeholders) - _NAMELESS)
    blocks = []
    for place in PLACES[: 2 if names_records else 1]:
        seen = "".join(asking.ask(caller, method, route, place).letter for caller in CALLERS)
        blocks.append(f"{seen[:4]} {seen[4:7]} {seen[7:9]} {seen[9:11]} {seen[11:]}")
    return " | ".join(blocks)


@pytest.mark.parametrize("caller", CALLERS)
def test_what_each_caller_gets(
    caller: str, asking: Asking, lines: dict[str, Row], figure: Callable[..., None]
) -> None:
    cells = [cell for cell in cells_of(lines) if cell.is_named]
    figure("permission table: cells of methods that a route has", len(cells))
    faults = faults_in(cells, caller, asking)
    figure("permission table: faults and leaks", len(faults))
    assert not faults, "\n".join(faults[:60])
    assert len(cells) > 400


@pytest.mark.once
@pytest.mark.parametrize("caller", CALLERS)
def test_no_other_method_is_a_way_around(
    caller: str, asking: Asking, lines: dict[str, Row], figure: Callable[..., None]
) -> None:
    """On one engine: what such a method reaches is a refusal, or the code of a method that the route has."""
    cells = [cell for cell in cells_of(lines) if not cell.is_named]
    figure("permission table: cells of all other methods", len(cells))
    faults = faults_in(cells, caller, asking)
    figure("permission table: faults and leaks", len(faults))
    assert not faults, "\n".join(faults[:60])
    assert len(cells) > 1000


def faults_in(cells: list[Cell], caller: str, asking: Asking) -> list[str]:
    return [
        f"{caller}: {cell.method} {cell.row.address} ({cell.place}) {fault}"
        for cell in cells
        for fault in faults_of(
            cell.row.address,
            cell.method,
            cell.row.expected(cell.method, cell.place, caller),
            asking.ask(caller, cell.method, cell.route, cell.place),
        )
    ]


def faults_of(address: str, method: str, wanted: str, answer: Answer) -> list[str]:
    faults = []
    if answer.letter not in wanted:
        faults.append(f"answers {answer.letter} instead of {wanted}")
    if answer.leaks:
        faults.append(f"tells of others: {answer.leaks[:5]}")
    # A page of the admin that comes back as a page is a form with errors, or a question.
    answers_with_a_page = "/api/" in address or address in table.SHOWS_WHAT_IT_MADE
    may_write = method not in _SAFE and (
        answer.letter == ">" or (answer.letter == "+" and answers_with_a_page)
    )
    if answer.written and not may_write:
        faults.append(f"writes to {sorted(set(answer.written))}")
    return faults


def test_a_route_without_a_line_is_noticed(lines: dict[str, Row]) -> None:
    known = {**known_routes(), "/new/": Route("/new/", test_a_route_without_a_line_is_noticed)}
    assert missing(known, lines) == ["/new/ is not in tests/permissions/table.py: who may do what there?"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a page about Zirbel Berta", ["zirbel"]),
        ('{"owner_id": 7700003}', ["7700003"]),
        ("466 members", ["466"]),
        ("point it001e00000099", ["IT001E00000099"]),
        ("Quercia, 6100001, 1466 kWh, 24663", []),
        ("changed at 2026-11-27T21:42:35.463Z", []),
    ],
)
def test_a_leak_is_noticed(text: str, found: list[str]) -> None:
    assert told("manager", text, ["/my/zirbel/"]) == found


def test_an_answer_that_is_not_the_expected_one_is_noticed() -> None:
    assert faults_of("/x/", "GET", "N", Answer("+", [], [])) == ["answers + instead of N"]
    assert faults_of("/x/", "GET", "+", Answer("+", [], ["members_member"])) == [
        "writes to ['members_member']"
    ]


def test_everything_of_b_is_shown_to_whoever_may_see_it(asking: Asking) -> None:
    """Else the search for leaks would search for what nobody is ever shown."""
    known = known_routes()
    route = known["/admin/members/member/"]
    answer: Any = asking.filled.clients["root"].get(route.address)
    assert told("manager", answer.content.decode(), [])
