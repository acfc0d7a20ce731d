"""Work outside of requests, in the words of Django 6's tasks: ``@task`` and ``enqueue``.

What must not be forgotten has a row of its own elsewhere; a task only carries it out, and finds it by its id.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from .faults import described
from .leases import finish, give_back, take
from .models import KEPT, Job
from .old import delete_some
from .worker import patiently

#: A job that has failed so often is not tried again.
MOST_ATTEMPTS: Final = 8
LEASE: Final = timedelta(minutes=5)

_tasks: dict[str, "Task"] = {}


class Task:
    """A function that a worker calls. It may be called again for the same arguments: a killed call is."""

    def __init__(self, function: Callable[..., Any], lease: timedelta) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.lease = lease

    def enqueue(self, *ids: int) -> Job:
        """A job for a worker, in the transaction that is open. Takes ids: a row may change until it runs."""
        if not all(type(each) is int for each in ids):
            raise TypeError(f"{self.name} takes ids, and nothing else.")
        return Job.objects.create(task=self.name, arguments=list(ids))


def task(*, lease: timedelta = LEASE) -> Callable[[Callable[..., Any]], Task]:
    """Make a function a task. It must end within the ``lease``, else another worker begins it, too."""

    def decorate(function: Callable[..., Any]) -> Task:
        made = Task(function, lease)
        _tasks[made.name] = made
        return made

    return decorate


def run_next(lease: timedelta | None = None) -> bool:
    """Run the job that has been due for longest; whether there was one."""
    due = Job.objects.filter(state=Job.State.WAITING, next_try_at__lte=timezone.now())
    job = due.order_by("next_try_at", "pk").first()
    if job is None:
        return False
    known = _tasks.get(job.task)
    if not take(job, job.next_try_at, lease or (known.lease if known else LEASE)):
        return True
    job.attempts += 1
    if job.attempts > MOST_ATTEMPTS:  # also one that ends each worker that takes it
        patiently(finish, job, Job.State.FAILED, job.fault or "too many attempts")
    elif known is None:  # of a newer release, perhaps
        patiently(give_back, job, "unknown task")
    else:
        _run(known, job)
    return True


def _run(known: Task, job: Job) -> None:
    try:
        known.function(*job.arguments)
    except Exception as error:  # noqa: BLE001  # whatever a task raises is the job's, and ends no worker
        fault = described(error)
        if job.attempts >= MOST_ATTEMPTS:
            patiently(finish, job, Job.State.FAILED, fault)
        else:
            patiently(give_back, job, fault)
    else:
        patiently(finish, job, Job.State.DONE)


def delete_old() -> None:
    """Delete jobs that were finished long ago."""
    delete_some(Job.objects.filter(finished_at__lt=timezone.now() - KEPT))
