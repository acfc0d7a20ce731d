import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import recportal.documents.field
import recportal.documents.text
import recportal.records.constraints
import recportal.records.fields
from recportal.records.search_index import search_index


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("communities", "0001_initial"),
        ("members", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalAsset",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("history_door", models.CharField(default="shell", max_length=20, verbose_name="door")),
                (
                    "key",
                    recportal.records.fields.KeyField(
                        blank=True,
                        help_text="How files and tools name this record. Empty: one is proposed. It never changes.",
                        max_length=128,
                        verbose_name="key",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False, verbose_name="version")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
                ("history_change_reason", models.CharField(blank=True, default="", max_length=500)),
                (
                    "asset_type",
                    models.CharField(
                        choices=[
                            ("pv", "pv"),
                            ("storage", "storage"),
                            ("meter", "meter"),
                            ("ev_charger", "EV charger"),
                            ("heat_pump", "heat pump"),
                            ("load", "load"),
                        ],
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                ("name", recportal.records.fields.LineField(max_length=200, verbose_name="name")),
                (
                    "sensor_id",
                    recportal.records.fields.LineField(
                        blank=True,
                        db_index=True,
                        default=None,
                        help_text="The name under which the sensor or meter sends its data. One asset has it at a time.",
                        max_length=128,
                        null=True,
                        verbose_name="sensor id",
                    ),
                ),
                (
                    "properties",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="properties",
                    ),
                ),
                (
                    "device",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="device",
                    ),
                ),
                (
                    "relationships",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="relationships",
                    ),
                ),
                (
                    "extra",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="more",
                    ),
                ),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="communities.community",
                        verbose_name="community",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="members.member",
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical asset",
                "verbose_name_plural": "historical assets",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Asset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    recportal.records.fields.KeyField(
                        blank=True,
                        help_text="How files and tools name this record. Empty: one is proposed. It never changes.",
                        max_length=128,
                        verbose_name="key",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False, verbose_name="version")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
                (
                    "asset_type",
                    models.CharField(
                        choices=[
                            ("pv", "pv"),
                            ("storage", "storage"),
                            ("meter", "meter"),
                            ("ev_charger", "EV charger"),
                            ("heat_pump", "heat pump"),
                            ("load", "load"),
                        ],
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                ("name", recportal.records.fields.LineField(max_length=200, verbose_name="name")),
                (
                    "sensor_id",
                    recportal.records.fields.LineField(
                        blank=True,
                        db_index=True,
                        default=None,
                        help_text="The name under which the sensor or meter sends its data. One asset has it at a time.",
                        max_length=128,
                        null=True,
                        verbose_name="sensor id",
                    ),
                ),
                (
                    "properties",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="properties",
                    ),
                ),
                (
                    "device",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="device",
                    ),
                ),
                (
                    "relationships",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="relationships",
                    ),
                ),
                (
                    "extra",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="more",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="communities.community",
                        verbose_name="community",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="members.member",
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "asset",
                "verbose_name_plural": "assets",
                "ordering": ("community", "key"),
                "indexes": [models.Index(fields=["name"], name="asset_name")],
                "constraints": [
                    models.UniqueConstraint(fields=("community", "key"), name="asset_key"),
                    models.CheckConstraint(
                        condition=models.Q(("key", ""), _negated=True), name="asset_key_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asset_type__in", ["pv", "storage", "meter", "ev_charger", "heat_pump", "load"])
                        ),
                        name="asset_type",
                    ),
                    recportal.records.constraints.CompositeForeignKey(
                        fields=("owner", "community"),
                        name="asset_owner_in_community",
                        to_fields=("id", "community"),
                        violation_error_code="composite_foreign_key",
                    ),
                ],
            },
        ),
        search_index("assets", "asset"),
    ]
