from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import Community, lock_community, unknown_community
from communities.surroundings import StoredSurroundings
from communities.tax_numbers import compared_number
from recportal.documents.faults import Fault, refuse, say
from recportal.documents.field import DocumentField
from recportal.documents.text import shown
from recportal.documents.words import required
from recportal.records.another import Identity
from recportal.records.fields import ComparedField, LineField, ParagraphField, fold
from recportal.records.models import Record
from recportal.records.querysets import squeeze
from recportal.text import LONGEST_COMPARED, address, compared

from .identifiers import compact
from .querysets import MemberQuerySet


class Role(models.TextChoices):
    """What part a member plays in the community. It grants no rights in this application."""

    CONSUMER = "consumer", _("consumer")
    PROSUMER = "prosumer", _("prosumer")
    PRODUCER = "producer", _("producer")
    OPERATOR = "operator", _("operator")
    ADMIN = "admin", _("admin")


class Status(models.TextChoices):
    """How far a member belongs to the community: applied, takes part, stopped for now, has left."""

    PENDING = "pending", _("pending")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    INACTIVE = "inactive", _("inactive")


#: A suspended member still lives at the meter.
HOLDING_STATUSES = (Status.ACTIVE, Status.SUSPENDED)


class Member(Record):
    """A person or body that belongs to a community, and the delivery points at which it is connected."""

    community = models.ForeignKey(
        Community, models.PROTECT, related_name="members", verbose_name=_("community")
    )
    user_id = LineField(
        _("user id"),
        max_length=256,
        code_like=True,
        blank=True,
        help_text=_("The identity provider's name for the person. Empty: no account yet."),
    )
    #: The user id as it is compared; kept by every write.
    user_id_compared = ComparedField(max_length=LONGEST_COMPARED, default="", blank=True, editable=False)
    name = LineField(_("name"), max_length=200, words=True)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    area = LineField(
        _("area"),
        max_length=128,
        blank=True,
        code_like=True,
        help_text=_("The key of an area of the community, or empty."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    delivery_points = DocumentField(_("delivery points"), schema="members/delivery_points", kind=list)
    extra = DocumentField(_("more"), schema="members/extra")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="memberships",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("account"),
        help_text=_("The account that shows this member its own record. Never part of a file."),
    )

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ("community", "key")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "key"], name="member_key"),
            models.UniqueConstraint(fields=["id", "community"], name="member_in_community"),
            models.UniqueConstraint(
                fields=["community", "user_id_compared"],
                condition=~models.Q(user_id_compared=""),
                name="member_user_id",
            ),
            models.CheckConstraint(condition=~models.Q(key=""), name="member_key_given"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="member_status"),
        ]
        # Across all communities: who has this user id, and all members by name.
        indexes: ClassVar = [
            models.Index(fields=["user_id_compared"], name="member_user_anywhere"),
            models.Index(fields=["name"], name="member_name"),
        ]

    another = "another_person"
    fixed_columns: ClassVar = {
        "community_id": (_("A member stays in its community."), "community_immutable"),
    }

    def get_absolute_url(self) -> str:
        return reverse("admin:members_member_change", args=[self.pk])

    def lock(self) -> None:
        if self.community_id is None:
            refuse([required(("community",))])
        self.community = lock_community(self.community_id)

    def siblings(self) -> models.QuerySet["Member"]:
        return Member.objects.filter(community=self.community_id).exclude(pk=self.pk)

    def first_key(self) -> tuple[str, str]:
        return "m-", "0001"

    def rules(self, stored: Self | None, around: Any, unsound: Collection[str]) -> Iterator[Fault]:
        # What is stored already was judged then: an area that is gone, or a user id given twice, is no new
        # fault.
        new_area = self.area if "area" not in unsound and not (stored and stored.area == self.area) else ""
        new_id = self.user_id if "user_id" not in unsound else ""
        new_id = "" if stored and stored.user_id == new_id else new_id
        if self.community_id is None and self._state.fields_cache.get("community") is None:
            yield required(("community",))
            return
        if new_area:
            yield from self._area_faults(new_area)
        if new_id and (around or StoredSurroundings()).user_id_taken(self):
            message = say(_("Another member has the user id “%(user_id)s”."), user_id=shown(new_id))
            yield Fault(message, "user_id_taken", ("user_id",))

    def _area_faults(self, area: str) -> Iterator[Fault]:
        try:
            areas = self.community.areas
        except Community.DoesNotExist:
            yield unknown_community()
            return
        if area not in areas:
            message = say(_("The community has no area “%(area)s”."), area=shown(area))
            yield Fault(message, "unknown_area", ("area",))

    def identity(self, said: Mapping[str, Any] | None = None) -> Identity:
        said = vars(self) if said is None else said
        extra, points = said.get("extra"), said.get("delivery_points")
        extra = extra if isinstance(extra, dict) else {}
        own = {
            ("user_id", compared(_text(said.get("user_id")))),
            ("did", compared(_text(extra.get("did")))),
            *(("tax", compared_number(_text(extra.get(name)))) for name in ("fiscal_code", "vat")),
        }
        shared = {("email", address(_text(extra.get("email"))))}
        for _index, point in points_of(points if isinstance(points, list) else []):
            shared.add(("point", compact(point["type"], point["id"])))
        return Identity.of(own, shared)

    def deletion_rules(self) -> Iterator[Fault]:
        if self.assets.exists():
            message = _("A member with assets is not deleted. Delete the assets first, or purge the member.")
            yield Fault(message, "member_has_assets")

    def stamp(self, stored: Self | None) -> None:
        if stored is None or stored.user_id != self.user_id:
            self.user_id_compared = compared(self.user_id)
        super().stamp(stored)

    def searchable(self) -> Iterator[Any]:
        yield self.key
        yield self.name
        yield self.user_id
        yield self.extra.get("email")
        for _index, point in points_of(self.delivery_points):
            yield point["id"]
            yield compact(point["type"], point["id"])
            yield squeeze(fold(point["id"]))

    def after_write(self, stored: Self | None) -> None:
        if stored is None or _claims(stored) != _claims(self):
            from .holdings import (
                sync_member,
            )  # holdings are written from what members say, so they come after

            sync_member(self)


def points_of(delivery_points: list[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The delivery points with their indexes. One that is stored without id or type, an old fault, is passed
    over.
    """
    for index, point in enumerate(delivery_points):
        if (
            isinstance(point, dict)
            and isinstance(point.get("id"), str)
            and isinstance(point.get("type"), str)
        ):
            yield index, point


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _claims(member: Member) -> tuple[Any, ...]:
    """What of a member decides what it holds."""
    return member.status, member.delivery_points, member.extra.get("did")


def purge_member(member: Member, *, seen: int | None = None) -> None:
    """Delete a member with all its assets, in one transaction. The history of what they were stays.

    ``seen`` as in ``save()``.
    """
    from .holdings import holdings_synced_once

    with transaction.atomic():
        member.lock()
        with holdings_synced_once():
            member.assets.all().delete()
        member.delete(seen=seen)


class Holding(models.Model):
    """The dated fact that a member holds a delivery point, a sensor or a DID. Open while ``until`` is empty.

    ``since`` and ``until`` are dates, half-open: the day ``until`` is the next holder's. ``code`` is the id
    as it is compared (``members.identifiers.compact``); ``scope`` is empty for a code that has one holder in
    the whole registry, and the community's key for an Austrian point, which has one in each community.
    Opened and closed by ``sync_holdings`` alone; ``members.handover`` dates them otherwise than today.
    """

    class Kind(models.TextChoices):
        DELIVERY_POINT = "delivery_point", _("delivery point")
        SENSOR = "sensor", _("sensor")
        DID = "did", _("DID")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    scope = models.CharField(_("scope"), max_length=128, blank=True)
    code = LineField(_("code"), max_length=512)
    member = models.ForeignKey(Member, models.CASCADE, related_name="holdings", verbose_name=_("member"))
    asset = models.ForeignKey(
        "assets.Asset",
        models.SET_NULL,
        related_name="holdings",
        null=True,
        blank=True,
        verbose_name=_("asset"),
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        ordering = ("kind", "code", "since")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "code", "scope"], condition=models.Q(until=None), name="holding_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="holding_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "code"], name="holding_code")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.code}"


class Invitation(models.Model):
    """A link that binds a member to the account of whoever opens it and accepts. Works once.

    Only a digest of the token in the link is kept. With an ``email`` the link has gone to that address and to
    nobody else; without, it was shown to whoever made it, and proves no address. See ``members.invitations``.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        EXPIRED = "expired", _("expired")
        ACCEPTED = "accepted", _("accepted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    member = models.ForeignKey(Member, models.CASCADE, related_name="invitations", verbose_name=_("member"))
    email = models.EmailField(_("e-mail address"), blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("accepted by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    mail = models.OneToOneField(
        "mail.Mail",
        models.SET_NULL,
        related_name="invitation",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("mail"),
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-made_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_pending_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.state.label}"

    @property
    def state(self) -> "Invitation.State":
        if self.accepted_at:
            return self.State.ACCEPTED
        if self.withdrawn_at:
            return self.State.WITHDRAWN
        return self.State.OPEN if timezone.now() < self.expires_at else self.State.EXPIRED


class Correction(models.Model):
    """What a member says is wrong about its own record, and what came of it. See ``members.corrections``.

    ``path`` leads to the value: the column, then keys, with the ``id`` of list entries in place of their
    indexes; empty, it is about the record as a whole. ``before`` is what the member saw. ``proposed`` is None
    where there is only a message.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    member = models.ForeignKey(Member, models.CASCADE, related_name="corrections", verbose_name=_("member"))
    asset = models.ForeignKey(
        "assets.Asset",
        models.SET_NULL,
        related_name="corrections",
        null=True,
        blank=True,
        verbose_name=_("asset"),
    )
    #: The asset's key, which stays when the asset is gone; empty for the member's own record.
    asset_key = models.CharField(_("asset key"), max_length=128, blank=True)
    path = models.JSONField(_("place"), default=list, blank=True)
    before = models.JSONField(_("was"), null=True, blank=True)
    proposed = models.JSONField(_("proposed"), null=True, blank=True)
    message = ParagraphField(_("message"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    answer = ParagraphField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-made_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["state", "member"], name="correction_state")]

    def __str__(self) -> str:
        return f"{self.member}: {'.'.join(map(str, self.path)) or self.get_state_display()}"
