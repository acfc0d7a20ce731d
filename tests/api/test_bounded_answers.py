"""Who may not write is told before a body is read, and no refusal is long."""

from __future__ import annotations

import json

from recportal.documents.faults import MOST_FAULTS

from .conftest import Callers, Register

MOST_BYTES = 256 * 1024


def test_who_may_not_import_learns_it_before_the_file_is_read(callers: Callers, register: Register) -> None:
    broken = b"recportal: 1\ncommunity: {key: beta}\nmembers: [" + b"[" * 1000
    kind = "application/yaml"
    assert callers.manager_a.post("bundles/", broken, content_type=kind).status == 403
    for caller in (callers.viewer_a, callers.member_a, callers.stranger):
        assert caller.post("bundles/", broken, content_type=kind).status == 403
    mine = broken.replace(b"beta", b"alpha")
    assert callers.manager_a.post("bundles/", mine, content_type=kind).status == 400


def test_a_viewer_is_refused_before_a_record_is_read(callers: Callers, register: Register) -> None:
    for address in ("communities/alpha/members/new/", "communities/alpha/assets/new/", "communities/alpha/"):
        assert callers.viewer_a.send("PUT", address, b"{").status == 403
        assert callers.manager_a.send("PUT", address, b"{").status == 400


def test_a_body_of_unknown_fields_gets_a_short_answer(callers: Callers, register: Register) -> None:
    body = {f"field {number} {'é' * 90}": 1 for number in range(1500)}
    answer = callers.manager_a.send(
        "PUT", "communities/alpha/members/new/", {"name": "M", "role": "consumer", **body}
    )
    assert answer.status == 400
    assert len(answer.body) < MOST_BYTES
    said = json.loads(answer.body)
    assert len(said["errors"]) + said.get("more", {}).get("errors", 0) == MOST_FAULTS + 1
