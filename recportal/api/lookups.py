"""Many records at once, by the ids that tools know them by."""

import json
from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, refuse, say
from recportal.documents.text import compact
from recportal.documents.words import wrong_type

from .views import JSON, only_known

MOST: Final = 500


def asked_for(body: dict[str, Any], kinds: tuple[str, ...]) -> tuple[str, list[str]]:
    """Which of the kinds of ids a lookup is about, and the ids. Raises a refusal for anything else."""
    refuse(only_known(body, kinds))
    if len(body) != 1:
        message = say(_("Give one of these: %(kinds)s."), kinds=", ".join(kinds))
        refuse([Fault(message, "required", ())])
    kind, ids = next(iter(body.items()))
    if not isinstance(ids, list):
        refuse([wrong_type("array", ids, (kind,))])
    if len(ids) > MOST:
        refuse([Fault(say(_("At most %(most)s at once."), most=MOST), "too_many", (kind,))])
    refuse(
        wrong_type("string", one, (kind, index)) for index, one in enumerate(ids) if not isinstance(one, str)
    )
    return kind, ids


def lookup_answer(asked: Iterable[tuple[str, Iterable[str]]], name: str, rows: Iterable[Any]) -> HttpResponse:
    """``{"results": [{"id": <as asked>, name: {…}|null}]}`` in the order asked.

    ``asked`` are ids with the codes that each may stand for; ``rows`` are (code, JSON of the record, more);
    ``more`` are pairs of a name and a text that stand beside the record.
    """
    found: dict[str, list[str]] = {}
    for code, text, *more in rows:
        beside = "".join(f",{compact(word)}:{compact(value)}" for word, value in more)
        found.setdefault(code, []).append(f"{compact(name)}:{text}{beside}")
    none = f"{compact(name)}:null"
    # As asked, half of a surrogate pair included: its escape is what came in.
    results = (
        f'{{"id":{json.dumps(one)},{each}}}'
        for one, codes in asked
        for each in [text for code in sorted(codes) for text in found.get(code, ())] or [none]
    )
    return HttpResponse(f'{{"results":[{",".join(results)}]}}', content_type=JSON)
