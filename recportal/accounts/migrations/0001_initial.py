import django.utils.timezone
from django.db import migrations, models

import recportal.accounts.models
import recportal.records.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "username",
                    recportal.records.fields.LineField(
                        error_messages={"unique": "An account with this user name exists."},
                        max_length=256,
                        unique=True,
                        validators=[recportal.accounts.models.validate_printable],
                        verbose_name="user name",
                    ),
                ),
                (
                    "username_folded",
                    models.CharField(
                        db_default="", db_index=True, default="", editable=False, max_length=768
                    ),
                ),
                ("name", recportal.records.fields.LineField(blank=True, max_length=200, verbose_name="name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="An account that is not active cannot sign in. Better than deleting it.",
                        verbose_name="active",
                    ),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Sees and does everything, in all communities.",
                        verbose_name="superuser",
                    ),
                ),
                (
                    "is_demo",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="Has a password that everybody knows.",
                        verbose_name="demo account",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="date joined"
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "ordering": ("username",),
            },
        ),
    ]
