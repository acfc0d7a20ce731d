from django.db import models
from django.utils import timezone


class Submission(models.Model):
    """A form that was sent and that created something.

    ``digest`` identifies who sent what to which address with which token; the token itself is not kept.
    ``result`` is what the first click led to: the id of a record, or an address.
    """

    digest = models.CharField(max_length=64, unique=True)
    result = models.TextField(default="", blank=True)
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.digest
