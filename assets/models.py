from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.models import Community, lock_community
from members.holdings import held_by_another, point_of_another, sync_holdings
from members.identifiers import possible_codes
from members.models import Member
from recportal.documents.faults import Fault, refuse
from recportal.documents.field import DocumentField
from recportal.documents.words import required
from recportal.records.another import Identity
from recportal.records.constraints import CompositeForeignKey
from recportal.records.fields import LineField
from recportal.records.models import Record
from recportal.text import compared

from .querysets import AssetQuerySet


class AssetType(models.TextChoices):
    PV = "pv", _("pv")
    STORAGE = "storage", _("storage")
    METER = "meter", _("meter")
    EV_CHARGER = "ev_charger", _("EV charger")
    HEAT_PUMP = "heat_pump", _("heat pump")
    LOAD = "load", _("load")


class Asset(Record):
    """A device that makes, stores, uses or measures energy, and the member who owns it."""

    community = models.ForeignKey(
        Community, models.PROTECT, related_name="assets", verbose_name=_("community")
    )
    owner = models.ForeignKey(Member, models.PROTECT, related_name="assets", verbose_name=_("owner"))
    asset_type = models.CharField(_("type"), max_length=20, choices=AssetType)
    name = LineField(_("name"), max_length=200, words=True)
    sensor_id = LineField(
        _("sensor id"),
        max_length=128,
        code_like=True,
        null=True,
        blank=True,
        default=None,
        db_index=True,
        help_text=_("The name under which the sensor or meter sends its data. One asset has it at a time."),
    )
    properties = DocumentField(_("properties"), schema="assets/properties/{asset_type}")
    device = DocumentField(_("device"), schema="assets/device")
    relationships = DocumentField(_("relationships"), schema="assets/relationships")
    extra = DocumentField(_("more"), schema="assets/extra")

    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ("community", "key")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "key"], name="asset_key"),
            models.CheckConstraint(condition=~models.Q(key=""), name="asset_key_given"),
            models.CheckConstraint(condition=models.Q(asset_type__in=AssetType.values), name="asset_type"),
            CompositeForeignKey(
                name="asset_owner_in_community",
                fields=("owner", "community"),
                to_fields=("id", "community"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["name"], name="asset_name")]  # all assets by name

    another = "another_asset"
    fixed_columns: ClassVar = {
        "community_id": (_("An asset stays in its community."), "community_immutable"),
        "asset_type": (
            _("The type of an asset never changes: a new device is a new asset."),
            "type_immutable",
        ),
    }

    def get_absolute_url(self) -> str:
        return reverse("admin:assets_asset_change", args=[self.pk])

    def lock(self) -> None:
        """Lock the community (the owner's, where none is given) and read the owner anew."""
        self._take_owners_community()
        if self.community_id is None:
            refuse([self._no_owner()])
        self.community = lock_community(self.community_id)
        owner = Member.objects.filter(pk=self.owner_id).first() if self.owner_id else None
        if owner is not None:
            self.owner = owner
        elif self.owner_id or self._state.fields_cache.get("owner"):  # gone, or not saved yet
            refuse([self._no_owner()])

    def _take_owners_community(self) -> None:
        if self.community_id is None and self._state.fields_cache.get("community") is None:
            owner = self._owner()
            if owner:
                self.community_id = owner.community_id

    def _owner(self) -> Member | None:
        """The owner, also one that is not saved yet; None when there is none."""
        if "owner" in self._state.fields_cache:
            return self._state.fields_cache["owner"]  # type: ignore[no-any-return]  # untyped in the stubs
        return Member.objects.filter(pk=self.owner_id).first() if self.owner_id else None

    def _no_owner(self) -> Fault:
        if self.owner_id is None:
            return required(("owner",))
        return Fault(_("There is no such member."), "unknown_member", ("owner",))

    def siblings(self) -> models.QuerySet["Asset"]:
        return Asset.objects.filter(community=self.community_id).exclude(pk=self.pk)

    def key_examples(self) -> models.QuerySet["Asset"]:
        known = self.asset_type in AssetType.values
        return self.siblings().filter(asset_type=self.asset_type) if known else self.siblings().none()

    def first_key(self) -> tuple[str, str]:
        return f"{self.asset_type}-" if self.asset_type in AssetType.values else "asset-", "0001"

    def prepare(self) -> None:
        if isinstance(self.sensor_id, str) and not self.sensor_id.strip():
            self.sensor_id = None
        self._take_owners_community()

    def rules(self, stored: Self | None, around: Any, unsound: Collection[str]) -> Iterator[Fault]:
        owner = self._owner()
        if owner is None:
            yield self._no_owner()
        elif not _in_one_community(owner, self):
            yield Fault(_("The owner belongs to another community."), "owner_elsewhere", ("owner",))
        elif around is None and not {"asset_type", "properties"}.intersection(unsound):
            yield from self._point_faults(owner, stored)
        if "relationships" not in unsound:
            yield from self._relationship_faults(stored)

    @property
    def metered_point(self) -> str:
        """The id of the delivery point that a meter says it measures; empty where it says none."""
        pod = self.properties.get("pod") if isinstance(self.properties, dict) else None
        return pod if self.asset_type == AssetType.METER and isinstance(pod, str) else ""

    def _point_faults(self, owner: Member, stored: Self | None) -> Iterator[Fault]:
        pod = self.metered_point
        if stored and (stored.metered_point, stored.owner_id) == (pod, owner.pk):
            return
        if pod and held_by_another(owner, pod):
            yield point_of_another(pod)

    def _relationship_faults(self, stored: Self | None) -> Iterator[Fault]:
        if stored and stored.relationships == self.relationships:
            return
        measured = self.relationships.get("measures")
        for index, key in enumerate(measured if isinstance(measured, list) else ()):
            if key == self.key:
                place = ("relationships", "measures", index)
                yield Fault(_("An asset does not measure itself."), "invalid", place)
        if self.relationships.get("paired_with") == self.key:
            yield Fault(_("An asset is not paired with itself."), "invalid", ("relationships", "paired_with"))

    def identity(self, said: Mapping[str, Any] | None = None) -> Identity:
        """Sensor and serial number, and the owner: a new name under the same one is an ordinary change."""
        said = vars(self) if said is None else said
        device = said.get("device")
        serial = device.get("serial_number") if isinstance(device, dict) else None
        codes = (("sensor", said.get("sensor_id")), ("serial", serial))
        given = {(kind, compared(code)) for kind, code in codes if isinstance(code, str)}
        return Identity.of(given, {("owner", str(self.owner_id))})

    def searchable(self) -> Iterator[Any]:
        yield self.key
        yield self.name
        yield self.sensor_id
        yield self.device.get("serial_number")
        pod = self.properties.get("pod")
        if isinstance(pod, str):
            yield pod
            yield from sorted(possible_codes(pod))

    def after_write(self, stored: Self | None) -> None:
        before = (stored.owner_id, stored.sensor_id) if stored else (None, None)
        if (self.owner_id, self.sensor_id) != before and (self.sensor_id or before[1]):
            sync_holdings({self.owner_id, before[0] or self.owner_id})


def _in_one_community(owner: Member, asset: Asset) -> bool:
    if owner.community_id == asset.community_id is not None:
        return True
    # A plan's community may not be saved yet: then it is the same object.
    theirs, own = (each._state.fields_cache.get("community") for each in (owner, asset))
    return theirs is own is not None


@receiver(post_delete, sender=Asset)
def _end_holding(sender: type[Asset], instance: Asset, **_rest: Any) -> None:
    """A deleted asset holds its sensor no more, however it was deleted."""
    if instance.sensor_id:
        sync_holdings([instance.owner_id])
