import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "template",
                    models.CharField(
                        choices=[
                            ("login_code", "code to sign in"),
                            ("unknown_account", "address without account"),
                            ("password_reset", "link to set a password"),
                            ("confirmation", "address to confirm"),
                            ("notification", "change of an account"),
                            ("invitation", "invitation"),
                        ],
                        max_length=40,
                        verbose_name="kind",
                    ),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("address", models.EmailField(max_length=320, verbose_name="e-mail address")),
                ("parameters", models.TextField(blank=True, editable=False)),
                ("is_urgent", models.BooleanField(default=False, verbose_name="urgent")),
                ("message_id", models.CharField(max_length=320, unique=True, verbose_name="Message-ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("expired", "expired"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "next_try_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="next try at"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("fault", models.CharField(blank=True, max_length=300, verbose_name="fault")),
            ],
            options={
                "verbose_name": "mail",
                "verbose_name_plural": "mails",
                "ordering": ("-pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["-is_urgent", "next_try_at"],
                        name="mail_due",
                    ),
                    models.Index(
                        condition=models.Q(("parameters", ""), _negated=True),
                        fields=["expires_at"],
                        name="mail_with_parameters",
                    ),
                ],
            },
        ),
    ]
