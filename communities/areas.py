"""Work on the areas of a community that concerns its members, too."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, faults_of, refuse, say
from recportal.documents.text import shown
from recportal.records.fields import validate_key
from recportal.records.history import record_in_bulk

from .models import Community, lock_community

#: SQLite takes 32,766 values in one statement.
_BATCH = 5000


def rename_area(community: Community, old: str, new: str, *, seen: int | None = None) -> int:
    """Give the area ``old`` the key ``new`` and move its members there; returns how many they are.

    One transaction. Each member gets a version and a row of history, as if it had been saved. Afterwards
    ``community`` is as it is stored. ``seen`` as in ``Community.save()``. Raises ``ValidationError``
    (``unknown_area``, ``invalid``, ``key_taken``) at the place ``areas.<key>``.
    """
    with transaction.atomic():
        stored = lock_community(community.pk)
        refuse(_objections(stored, old, new))
        moved = 0
        if new != old:
            # The members first: an area that members refer to is not removed.
            moved = _move_members(stored, old, new)
            stored.areas = {new if key == old else key: area for key, area in stored.areas.items()}
            stored.save(seen=seen)
    community.refresh_from_db()
    return moved


def _objections(community: Community, old: str, new: str) -> list[Fault]:
    if old not in community.areas:
        message = say(_("The community has no area “%(area)s”."), area=shown(old))
        return [Fault(message, "unknown_area", ("areas", old))]
    if new != old and new in community.areas:
        message = say(_("The community has an area “%(area)s” already."), area=shown(new))
        return [Fault(message, "key_taken", ("areas", new))]
    try:
        validate_key(new)
    except ValidationError as error:
        return [Fault(each.text, each.code, ("areas", shown(new))) for each in faults_of(error)]
    return []


def _move_members(community: Community, old: str, new: str) -> int:
    members = list(community.members.filter(area=old).order_by("pk").only("pk", "community"))
    for start in range(0, len(members), _BATCH):
        batch = community.members.filter(pk__in=[member.pk for member in members[start : start + _BATCH]])
        batch.update(area=new, version=F("version") + 1, updated_at=timezone.now())
    record_in_bulk(members, "~")
    return len(members)
