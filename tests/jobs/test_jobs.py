"""Work outside of requests: enqueued with its act, run by the worker, tried again, never forgotten."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from recportal.jobs import tasks
from recportal.jobs.models import Job
from recportal.jobs.tasks import MOST_ATTEMPTS, delete_old, run_next, task
from recportal.jobs.worker import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls() -> list[tuple[int, ...]]:
    return []


@pytest.fixture
def noting(calls: list[tuple[int, ...]]) -> Iterator[tasks.Task]:
    @task()
    def note(*ids: int) -> None:
        calls.append(ids)
        if 0 in ids:
            raise ValueError("somebody's name")

    yield note
    del tasks._tasks[note.name]


def now_due() -> None:
    Job.objects.update(next_try_at=timezone.now())


def test_it_runs_once(noting: tasks.Task, calls: list[Any]) -> None:
    job = noting.enqueue(1, 2)
    assert run_next()
    assert not run_next()
    job.refresh_from_db()
    assert (calls, job.state, job.attempts) == ([(1, 2)], Job.State.DONE, 1)


def test_it_is_in_the_transaction_of_its_act(noting: tasks.Task) -> None:
    def act() -> None:
        with transaction.atomic():
            noting.enqueue(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Job.objects.exists()


@pytest.mark.parametrize("argument", ["anna", 1.5, None, True, {"id": 1}])
def test_arguments_are_ids(noting: tasks.Task, argument: Any) -> None:
    with pytest.raises(TypeError):
        noting.enqueue(argument)


def test_one_that_fails_is_tried_again_and_given_up_at_last(noting: tasks.Task, calls: list[Any]) -> None:
    job = noting.enqueue(0)
    for number in range(1, MOST_ATTEMPTS + 1):
        job.refresh_from_db()
        assert (job.state, job.attempts) == (Job.State.WAITING, number - 1)
        assert run_next()
        assert not run_next(), "not before its pause is over"
        now_due()
    job.refresh_from_db()
    assert (job.state, len(calls)) == (Job.State.FAILED, MOST_ATTEMPTS)
    assert job.fault.startswith("ValueError at tests/jobs/test_jobs.py:")
    assert "somebody" not in job.fault


def test_what_a_killed_worker_had_taken_is_due_again(
    calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    @task()
    def killed_once(number: int) -> None:
        calls.append(number)
        if len(calls) == 1:
            raise KeyboardInterrupt

    killed_once.enqueue(1)
    with pytest.raises(KeyboardInterrupt):
        run_next()
    assert not run_next(), "the lease holds"
    now_due()
    assert run_next()
    assert (calls, Job.objects.get().state) == ([1, 1], Job.State.DONE)
    del tasks._tasks[killed_once.name]


def test_one_that_kills_each_worker_is_given_up(noting: tasks.Task, calls: list[Any]) -> None:
    job = noting.enqueue(1)
    Job.objects.update(attempts=MOST_ATTEMPTS)
    assert run_next()
    job.refresh_from_db()
    assert (job.state, calls) == (Job.State.FAILED, [])


def test_one_of_a_newer_release_waits() -> None:
    Job.objects.create(task="somewhere.else", arguments=[])
    assert run_next()
    assert Job.objects.get().state == Job.State.WAITING


def test_old_ones_go(noting: tasks.Task) -> None:
    noting.enqueue(1)
    run_next()
    Job.objects.update(finished_at=timezone.now() - timedelta(days=31))
    delete_old()
    assert not Job.objects.exists()


def test_the_command_ends_when_nothing_is_due(noting: tasks.Task, calls: list[Any]) -> None:
    for number in range(1, 4):
        noting.enqueue(number)
    work(once=True)
    assert calls == [(1,), (2,), (3,)]


def test_mails_come_before_jobs(noting: tasks.Task, monkeypatch: pytest.MonkeyPatch) -> None:
    from recportal.jobs import worker
    from recportal.mail.sending import send_next

    order: list[Callable[..., Any]] = [source for _rank, source in worker._sources]
    assert order == [send_next, run_next]
