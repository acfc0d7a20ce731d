import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("community", models.CharField(blank=True, max_length=128, verbose_name="community")),
                ("replace", models.BooleanField(default=False, verbose_name="replace")),
                ("confirmed", models.JSONField(default=list, editable=False)),
                ("report", models.BinaryField(default=bytes)),
                ("plan", models.CharField(default="", editable=False, max_length=64)),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="made at"
                    ),
                ),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="expires at")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="applied at")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
                "ordering": ("-made_at", "-pk"),
            },
        ),
    ]
