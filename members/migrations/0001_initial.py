import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import recportal.documents.field
import recportal.documents.text
import recportal.records.fields
from recportal.records.search_index import search_index


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("communities", "0001_initial"),
        ("mail", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalMember",
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
                    "user_id",
                    recportal.records.fields.LineField(
                        blank=True,
                        help_text="The identity provider's name for the person. Empty: no account yet.",
                        max_length=256,
                        verbose_name="user id",
                    ),
                ),
                ("name", recportal.records.fields.LineField(max_length=200, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("consumer", "consumer"),
                            ("prosumer", "prosumer"),
                            ("producer", "producer"),
                            ("operator", "operator"),
                            ("admin", "admin"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "area",
                    recportal.records.fields.LineField(
                        blank=True,
                        help_text="The key of an area of the community, or empty.",
                        max_length=128,
                        verbose_name="area",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("active", "active"),
                            ("suspended", "suspended"),
                            ("inactive", "inactive"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "delivery_points",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=list,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="delivery points",
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
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        help_text="The account that shows this member its own record. Never part of a file.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
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
            ],
            options={
                "verbose_name": "historical member",
                "verbose_name_plural": "historical members",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Member",
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
                    "user_id",
                    recportal.records.fields.LineField(
                        blank=True,
                        help_text="The identity provider's name for the person. Empty: no account yet.",
                        max_length=256,
                        verbose_name="user id",
                    ),
                ),
                (
                    "user_id_compared",
                    recportal.records.fields.ComparedField(
                        blank=True, default="", editable=False, max_length=512
                    ),
                ),
                ("name", recportal.records.fields.LineField(max_length=200, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("consumer", "consumer"),
                            ("prosumer", "prosumer"),
                            ("producer", "producer"),
                            ("operator", "operator"),
                            ("admin", "admin"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "area",
                    recportal.records.fields.LineField(
                        blank=True,
                        help_text="The key of an area of the community, or empty.",
                        max_length=128,
                        verbose_name="area",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("active", "active"),
                            ("suspended", "suspended"),
                            ("inactive", "inactive"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "delivery_points",
                    recportal.documents.field.DocumentField(
                        blank=True,
                        default=list,
                        encoder=recportal.documents.text.StrictEncoder,
                        verbose_name="delivery points",
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
                    "account",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="The account that shows this member its own record. Never part of a file.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="communities.community",
                        verbose_name="community",
                    ),
                ),
            ],
            options={
                "verbose_name": "member",
                "verbose_name_plural": "members",
                "ordering": ("community", "key"),
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="made at"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted at")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "mail",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitation",
                        to="mail.mail",
                        verbose_name="mail",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ("-made_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("delivery_point", "delivery point"), ("sensor", "sensor"), ("did", "DID")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("scope", models.CharField(blank=True, max_length=128, verbose_name="scope")),
                ("code", recportal.records.fields.LineField(max_length=512, verbose_name="code")),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holdings",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "holding",
                "verbose_name_plural": "holdings",
                "ordering": ("kind", "code", "since"),
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asset_key", models.CharField(blank=True, max_length=128, verbose_name="asset key")),
                ("path", models.JSONField(blank=True, default=list, verbose_name="place")),
                ("before", models.JSONField(blank=True, null=True, verbose_name="was")),
                ("proposed", models.JSONField(blank=True, null=True, verbose_name="proposed")),
                ("message", recportal.records.fields.ParagraphField(blank=True, verbose_name="message")),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="made at"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("answer", recportal.records.fields.ParagraphField(blank=True, verbose_name="answer")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered at")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction",
                "verbose_name_plural": "corrections",
                "ordering": ("-made_at", "-pk"),
            },
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["user_id_compared"], name="member_user_anywhere"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["name"], name="member_name"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(fields=("community", "key"), name="member_key"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(fields=("id", "community"), name="member_in_community"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user_id_compared", ""), _negated=True),
                fields=("community", "user_id_compared"),
                name="member_user_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("key", ""), _negated=True), name="member_key_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["consumer", "prosumer", "producer", "operator", "admin"])),
                name="member_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["pending", "active", "suspended", "inactive"])),
                name="member_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                fields=("member",),
                name="invitation_pending_once",
            ),
        ),
        migrations.AddIndex(
            model_name="holding",
            index=models.Index(fields=["kind", "code"], name="holding_code"),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("kind", "code", "scope"),
                name="holding_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                name="holding_ends_after_it_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(fields=["state", "member"], name="correction_state"),
        ),
        search_index("members", "member"),
    ]
