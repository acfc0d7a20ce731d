"""The net under every GET catches a query for each row, and lets a joined read pass."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from zeal import NPlusOneError


def careless(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(str(entry.user) for entry in LogEntry.objects.all()))


def careful(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(str(entry.user) for entry in LogEntry.objects.select_related("user")))


urlpatterns = [path("careless/", careless), path("careful/", careful)]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def entries() -> None:
    for name in ("ada", "bea", "cleo"):
        user = get_user_model().objects.create(username=name)
        LogEntry.objects.create(user=user, action_flag=1)


def test_a_query_for_each_row_is_caught(client: Client) -> None:
    with pytest.raises(NPlusOneError, match=r"LogEntry\.user"):
        client.get("/careless/")


def test_one_query_for_all_rows_passes(client: Client) -> None:
    assert client.get("/careful/").status_code == 200


def test_writes_are_not_watched(client: Client) -> None:
    assert client.post("/careless/").status_code == 200
