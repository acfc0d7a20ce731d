"""An upload on its way: read, planned, carried out, and what its report says."""

import csv
import hashlib
import io
import json
import zlib
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.models import Community
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.faults import MOST_FAULTS
from recportal.documents.text import compact, shown
from recportal.records.querysets import reach_of
from recportal.records.waiting import patient
from recportal.text import stored

from .bundle import Bundle, BundleUnreadable, read_bundle
from .faults import FileFault
from .header import community_key
from .importing import import_bundle
from .models import Upload, make_room
from .plan import Action, Plan
from .report import Outcome, as_json, everything
from .spreadsheets import Dialect, read_table
from .spreadsheets.cells import guarded
from .spreadsheets.reading import looks_like_a_table
from .withheld import refuse_secrets, without_secrets

#: The order in which records are shown: first what needs a look.
_ORDER: Final = ("refused", "remove", "update", "create")


def take(user: User, name: str, content: bytes, community: str, replace: bool) -> Upload:
    """Keep a file for its user, with its plan. Raises ``PermissionDenied`` for a community of others.

    Passwords and bank data are not kept: a table's are taken out, and said in the report (``withheld``), a
    bundle with some is refused. Neither is a file kept that can never be imported.
    """
    is_table = looks_like_a_table(name)
    content, withheld = without_secrets(content) if is_table else (content, [])
    upload = Upload(
        user=user,
        name=shown(name, 150),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        community=community if is_table else "",
        replace=replace and not is_table,
    )
    outcome = rehearse(upload)
    make_room(user)
    _remember(upload, outcome, withheld)
    return upload


def rehearse(upload: Upload) -> Outcome:
    """What the import would do."""
    try:
        bundle = _bundle(upload)
    except BundleUnreadable as error:
        return error
    return import_bundle(
        bundle,
        name=upload.name,
        dry_run=True,
        replace=upload.replace,
        confirmed=upload.confirmed,
        user=upload.user,
    )


def confirm(upload: Upload, codes: Collection[str]) -> None:
    """Plan again with the codes of refusals that the user has seen and answers for.

    Does nothing when the file has been imported in the meantime.
    """
    upload.confirmed = sorted({*upload.confirmed, *codes})
    _take_over(upload, rehearse(upload), report_of(upload).get("withheld", []))
    planned = {name: getattr(upload, name) for name in ("confirmed", "plan", "report", "content")}
    Upload.objects.filter(pk=upload.pk, applied_at=None).update(**planned)


def carry_out(upload: Upload, reason: str) -> bool:
    """Import the file if the plan is still the one that was shown; else keep the new plan, and False."""
    with patient(), transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.applied_at:
            return True
        withheld = report_of(upload).get("withheld", [])
        try:
            bundle = _bundle(upload)
        except BundleUnreadable as error:
            _remember(upload, error, withheld)
            return False
        plan = import_bundle(
            bundle,
            name=f"{upload.name}: {reason}" if reason else upload.name,
            replace=upload.replace,
            confirmed=upload.confirmed,
            user=upload.user,
            agreed=lambda made: _digest(made) == upload.plan,
        )
        if plan.applied:
            upload.applied_at = timezone.now()
            upload.content = b""
        _remember(upload, plan, withheld)
    return plan.applied


def _bundle(upload: Upload) -> Bundle:
    """The file as a bundle that its user may import."""
    content = bytes(upload.content)
    table = upload.community
    if (key := table or community_key(content)) is not None:
        _require(upload.user, key)  # before the file is read
    bundle = read_table(content, table) if table else read_bundle(content, upload.name)
    _require(upload.user, bundle.community.get("key"))
    refuse_secrets(bundle)
    return bundle


def _require(user: User, key: Any) -> None:
    """A community is imported into by its managers, and made by superusers."""
    reach = reach_of(user)
    if reach.everywhere and user.is_superuser:
        return
    key = stored(key) if isinstance(key, str) else ""
    known = Community.objects.staffed_by(user).filter(key=key).values_list("pk", flat=True).first()
    if known is None:
        message = _("The file is about the community “%(key)s”, which is none of yours.") % {
            "key": shown(key)
        }
        raise BundleUnreadable([FileFault(("community", "key"), "unknown_community", message)])
    if not reach.allows(Level.MANAGER, known):
        raise PermissionDenied


def _remember(upload: Upload, outcome: Outcome, withheld: list[str]) -> None:
    _take_over(upload, outcome, withheld)
    upload.save()


def _take_over(upload: Upload, outcome: Outcome, withheld: list[str]) -> None:
    """Let the upload hold the plan and its report, without saving it."""
    report = as_json(upload.name, outcome, names=True)
    upload.plan = _digest(outcome)
    if isinstance(outcome, Plan):
        report["all_new"] = _is_all_new(outcome)
    if withheld:
        report["withheld"] = withheld[:MOST_FAULTS]
    if not isinstance(outcome, Plan) or outcome.file_faults:
        upload.content = b""  # it stays refused, whatever becomes of the register
    upload.report = zlib.compress(compact(report).encode(), 1)


def _digest(outcome: Outcome) -> str:
    """By which a plan is known again, whatever the language of its sentences."""
    digest = hashlib.sha256()
    if isinstance(outcome, Plan):
        for piece in everything(outcome):
            digest.update(json.dumps(piece, sort_keys=True).encode())
    return digest.hexdigest()


def _is_all_new(plan: Plan) -> bool:
    """Whether a table knows none of the records of a community that has some: perhaps it is another's."""
    if plan.sheet is None or plan.of(plan.sheet.kind, Action.UPDATE, Action.UNCHANGED, Action.REFUSED):
        return False
    community = plan.community
    records: Any = community.members if plan.sheet.kind == "member" else community.assets
    return bool(plan.of(plan.sheet.kind, Action.CREATE)) and bool(records.exists())


def report_of(upload: Upload) -> dict[str, Any]:
    """The report as JSON, with what the page needs beside: ``all_new``, and the ``name`` of each record."""
    report: dict[str, Any] = json.loads(zlib.decompress(bytes(upload.report)))
    report["records"].sort(key=lambda record: _ORDER.index(record["action"]))
    return report


def report_lines(report: dict[str, Any], dialect: Dialect) -> Iterator[str]:
    """The report as a table: a row for each place that changes, and for each thing that is wrong."""
    lines = io.StringIO()
    write = csv.writer(lines, delimiter=dialect.delimiter).writerow
    lines.write("\ufeff")
    head = (_("kind"), _("key"), _("action"), _("place"), _("before"), _("after"), _("error"), _("row"))
    write([guarded(each) for each in head])
    for error in report["errors"]:
        write(_cells("", "", "refused", error["path"], "", "", error["detail"], str(error.get("row", ""))))
    for record in report["records"]:
        start = (record["kind"], str(record["key"]), record["action"])
        for each in record["errors"]:
            write(_cells(*start, each["path"], "", "", each["detail"], str(each.get("row", ""))))
        for each in record["changes"]:
            write(_cells(*start, each["path"], side(each, "before"), side(each, "after"), "", ""))
        if not record["errors"] and not record["changes"]:
            write(_cells(*start, "", "", "", "", ""))
        yield lines.getvalue()
        lines.seek(0)
        lines.truncate()
    yield lines.getvalue()


def side(change: dict[str, Any], name: str) -> str:
    """One side of a change as text; empty where there was or will be nothing."""
    if name not in change:
        return ""
    return change[name] if isinstance(change[name], str) else compact(change[name])


def _cells(*cells: str) -> list[str]:
    return [guarded(cell) for cell in cells]
