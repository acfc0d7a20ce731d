import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import recportal.documents.field
import recportal.documents.text
import recportal.records.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Community",
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
                ("name", recportal.records.fields.LineField(max_length=200, verbose_name="name")),
                (
                    "description",
                    recportal.records.fields.ParagraphField(blank=True, verbose_name="description"),
                ),
                (
                    "areas",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="areas",
                    ),
                ),
                (
                    "topology",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=list,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="topology",
                    ),
                ),
                (
                    "legal",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="legal data",
                    ),
                ),
                (
                    "links",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="links",
                    ),
                ),
                (
                    "contact",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="contact",
                    ),
                ),
                (
                    "settings",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="settings",
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
            ],
            options={
                "verbose_name": "community",
                "verbose_name_plural": "communities",
                "ordering": ("key",),
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="community_key"),
                    models.CheckConstraint(
                        condition=models.Q(("key", ""), _negated=True), name="community_key_given"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    recportal.records.fields.LineField(
                        help_text="What the token is for, such as “nightly forecast”.",
                        max_length=200,
                        verbose_name="name",
                    ),
                ),
                ("read_only", models.BooleanField(default=False, verbose_name="for reading only")),
                ("prefix", models.CharField(editable=False, max_length=10, verbose_name="begins with")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires at")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last used at"),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="revoked at"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        blank=True,
                        help_text="The only community that the token opens. Empty: all that its account sees.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to="communities.community",
                        verbose_name="community",
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
                "ordering": ("user__username", "name", "pk"),
            },
        ),
        migrations.CreateModel(
            name="HistoricalCommunity",
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
                ("name", recportal.records.fields.LineField(max_length=200, verbose_name="name")),
                (
                    "description",
                    recportal.records.fields.ParagraphField(blank=True, verbose_name="description"),
                ),
                (
                    "areas",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="areas",
                    ),
                ),
                (
                    "topology",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=list,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="topology",
                    ),
                ),
                (
                    "legal",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="legal data",
                    ),
                ),
                (
                    "links",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="links",
                    ),
                ),
                (
                    "contact",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="contact",
                    ),
                ),
                (
                    "settings",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=dict,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="settings",
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
                    "history_user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical community",
                "verbose_name_plural": "historical communities",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="StaffRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("viewer", "viewer"), ("editor", "editor"), ("manager", "manager")],
                        default="viewer",
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty means all communities.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staff_roles",
                        to="communities.community",
                        verbose_name="community",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staff_roles",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "staff role",
                "verbose_name_plural": "staff roles",
                "ordering": ("user__username", "community__key"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "community"),
                        name="staff_role_once",
                        violation_error_message="This account has a role there already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("community", None)),
                        fields=("user",),
                        name="staff_role_everywhere_once",
                        violation_error_message="This account has a role in all communities already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["viewer", "editor", "manager"])),
                        name="staff_role_level",
                    ),
                ],
            },
        ),
    ]
