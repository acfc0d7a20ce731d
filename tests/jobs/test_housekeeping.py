"""What the worker deletes beside its work: everything that has served, a bounded number of rows at a time."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from recportal.accounts.models import User
from recportal.bundles.models import Upload
from recportal.jobs import old, worker
from recportal.jobs.models import Job
from recportal.jobs.worker import work
from recportal.mail.models import Mail
from recportal.once.models import Submission

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=40)
SOON = timezone.now() + timedelta(hours=12)


def job(when: Any) -> Job:
    return Job.objects.create(task="x", state=Job.State.DONE, finished_at=when)


def mail(when: Any) -> Mail:
    values = {"template": Mail.Template.INVITATION, "language": "en", "address": "anna@example.org"}
    return Mail.objects.create(
        **values, message_id=f"<{when}>", state=Mail.State.SENT, finished_at=when, expires_at=when
    )


def session(when: Any) -> Session:
    return Session.objects.create(session_key=f"{when:%s}", session_data="", expire_date=when)


def submission(when: Any) -> Submission:
    return Submission.objects.create(digest=f"{when}", made_at=when)


def upload(when: Any) -> Upload:
    user = User.objects.get_or_create(username="anna")[0]
    made = Upload.objects.create(user=user, name="x.csv", content=b"")
    Upload.objects.filter(pk=made.pk).update(expires_at=when)
    return made


MAKERS = [job, mail, session, submission, upload]


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_old_goes_and_the_rest_stays(make: Any) -> None:
    gone, kept = make(LONG_AGO), make(SOON)
    work(once=True)
    assert list(type(gone)._default_manager.values_list("pk", flat=True)) == [kept.pk]


@pytest.mark.parametrize("make", MAKERS)
def test_it_takes_a_bounded_number_at_a_time(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old, "MOST_AT_ONCE", 2)
    rows = [make(LONG_AGO + timedelta(seconds=second)) for second in range(5)]
    work(once=True)
    assert type(rows[0])._default_manager.count() == 3


def test_it_is_not_done_again_at_each_look_for_work(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(worker, "_sweeps", [])
    worker.register_sweep(lambda: calls.append(1))
    for _look in range(3):
        worker._keep_house(everything=False)
    assert calls == [1]
