import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("communities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CommunityFigures",
            fields=[
                (
                    "community",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="figures",
                        serialize=False,
                        to="communities.community",
                        verbose_name="community",
                    ),
                ),
                ("notices", models.JSONField(default=dict, verbose_name="notices")),
                ("counted_at", models.DateTimeField(db_index=True, null=True, verbose_name="counted at")),
                ("unfinished", models.JSONField(null=True, verbose_name="unfinished count")),
            ],
            options={
                "verbose_name": "figures of a community",
                "verbose_name_plural": "figures of communities",
            },
        ),
    ]
