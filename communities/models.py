from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from recportal.accounts.roles import Level
from recportal.documents.faults import Fault, say
from recportal.documents.field import KIB, DocumentField
from recportal.documents.schemas import timezones
from recportal.documents.text import shown
from recportal.records.another import Identity
from recportal.records.fields import LineField, ParagraphField
from recportal.records.models import Record

from .querysets import CommunityQuerySet
from .surroundings import StoredSurroundings
from .tax_numbers import compared_number
from .tokens import ApiToken
from .topology import area_faults, topology_faults

__all__ = ["ApiToken", "Community", "StaffRole", "lock_community"]


class Community(Record):
    """A Renewable Energy Community: the legal body, its areas and its grid."""

    name = LineField(_("name"), max_length=200, words=True)
    description = ParagraphField(_("description"), blank=True)
    areas = DocumentField(_("areas"), schema="communities/areas", most_bytes=4 * KIB * KIB)
    topology = DocumentField(
        _("topology"), schema="communities/topology", kind=list, most_bytes=4 * KIB * KIB
    )
    legal = DocumentField(_("legal data"), schema="communities/legal")
    links = DocumentField(_("links"), schema="communities/links")
    contact = DocumentField(_("contact"), schema="communities/contact")
    settings = DocumentField(_("settings"), schema="communities/settings")
    extra = DocumentField(_("more"), schema="communities/extra")

    objects = CommunityQuerySet.as_manager()

    another = "another_community"

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("communities")
        ordering = ("key",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="community_key"),
            models.CheckConstraint(condition=~models.Q(key=""), name="community_key_given"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("admin:communities_community_change", args=[self.pk])

    def lock(self) -> None:
        """Nothing more: the row that is locked first is the record's own."""

    def siblings(self) -> models.QuerySet["Community"]:
        return Community.objects.exclude(pk=self.pk)

    def propose_key(self) -> str:
        """The name in plain letters; with a number when that is taken."""
        stem = slugify(self.name)[:100].strip("-_") or "community"
        key, number = stem, 2
        while self.siblings().filter(key__iexact=key).exists():
            key, number = f"{stem}-{number}", number + 1
        return key

    def rules(self, stored: Self | None, around: Any, unsound: Collection[str]) -> Iterator[Fault]:
        if not {"areas", "topology"}.intersection(unsound):
            yield from self._new_grid_faults(stored)
        if stored and "areas" not in unsound:
            removed = stored.areas.keys() - self.areas.keys()
            used = (around or StoredSurroundings()).areas_in_use(self, removed) if removed else ()
            for area in sorted(used):
                message = say(
                    _("Members are in the area “%(area)s”: it cannot be removed."), area=shown(area)
                )
                yield Fault(message, "area_in_use", ("areas", area))

    def _new_grid_faults(self, stored: Self | None) -> Iterator[Fault]:
        if stored and (stored.areas, stored.topology) == (self.areas, self.topology):
            return
        old = {(fault.code, str(fault.text)) for fault in _grid_faults(stored)} if stored else set()
        yield from (fault for fault in _grid_faults(self) if (fault.code, str(fault.text)) not in old)

    def identity(self, said: Mapping[str, Any] | None = None) -> Identity:
        """Communities are named by their keys, which prove more than names: tax numbers speak against."""
        legal = (vars(self) if said is None else said).get("legal")
        numbers = [legal.get(name) for name in ("vat", "fiscal_code")] if isinstance(legal, dict) else []
        codes = {("tax", compared_number(number)) for number in numbers if isinstance(number, str)}
        return Identity.of(codes, {("key", self.key)})

    def deletion_rules(self) -> Iterator[Fault]:
        if self.members.exists() or self.assets.exists():
            yield Fault(_("A community with members or assets cannot be deleted."), "community_not_empty")

    def searchable(self) -> Iterator[Any]:
        yield self.key
        yield self.name
        yield self.legal.get("name")
        yield self.legal.get("vat")

    @property
    def timezone(self) -> ZoneInfo:
        """The community's own time zone; the server's where none is set, or one that nobody knows."""
        return zone_named(self.settings.get("timezone"))

    def today(self) -> date:
        """The date on the community's calendar."""
        return timezone.localdate(timezone=self.timezone)


def zone_named(name: object) -> ZoneInfo:
    """The time zone of this name; the server's for what is none."""
    return ZoneInfo(name if isinstance(name, str) and name in timezones() else settings.TIME_ZONE)


def _grid_faults(community: Community) -> Iterator[Fault]:
    yield from topology_faults(community.topology)
    yield from area_faults(community.areas, community.topology)


def lock_community(pk: int) -> Community:
    """The community's row, locked until the end of the transaction.

    Every write of a community's records starts here; without it, joining an area while it is removed leaves a
    member in an area that does not exist. Raises ``ValidationError`` (``unknown_community``) when it is gone.
    The two large documents are read when somebody asks for them.
    """
    communities = Community.objects.select_for_update(no_key=True).defer("areas", "topology")
    community = communities.filter(pk=pk).first()
    if community is None:
        raise ValidationError({"community": unknown_community()})
    return community


def unknown_community() -> Fault:
    return Fault(_("There is no such community."), "unknown_community", ("community",))


class StaffRole(models.Model):
    """What a user may do in one community, or in all of them (``community`` empty)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_roles", verbose_name=_("account")
    )
    community = models.ForeignKey(
        Community,
        models.CASCADE,
        related_name="staff_roles",
        null=True,
        blank=True,
        verbose_name=_("community"),
        help_text=_("Empty means all communities."),
    )
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.VIEWER)

    class Meta:
        verbose_name = _("staff role")
        verbose_name_plural = _("staff roles")
        ordering = ("user__username", "community__key")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "community"],
                name="staff_role_once",
                violation_error_message=_("This account has a role there already."),
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(community=None),
                name="staff_role_everywhere_once",
                violation_error_message=_("This account has a role in all communities already."),
            ),
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="staff_role_level"),
        ]

    def __str__(self) -> str:
        where = self.community.key if self.community else _("all communities")
        return f"{self.user}: {self.get_level_display()}, {where}"

    def save(self, **options: Any) -> None:
        super().save(**options)
        self._forget_reach()

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        deleted = super().delete(using, keep_parents)
        self._forget_reach()
        return deleted

    def _forget_reach(self) -> None:
        """What the account object knew of its roles is out of date."""
        self.user.__dict__.pop("reach", None)
