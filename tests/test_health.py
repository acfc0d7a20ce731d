"""The probes, with the project's real middleware."""

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse

Applied = MigrationRecorder.Migration


def test_the_routes_have_names() -> None:
    assert [reverse("healthz"), reverse("readyz")] == ["/healthz", "/readyz"]


def test_a_living_process_says_so_without_a_database(client: Client) -> None:
    # Without the mark that opens it, the suite refuses every connection.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive\n")


@pytest.mark.django_db
def test_a_ready_one_says_so(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


@pytest.mark.django_db
def test_a_database_that_lacks_a_migration_is_not_ready(client: Client) -> None:
    newest = Applied.objects.filter(app="assets").latest("pk")
    newest.delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.text == "not ready: migrations are missing\n"
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_an_empty_database_is_not_ready(client: Client) -> None:
    Applied.objects.all().delete()
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_the_database_of_a_newer_release_is_ready(client: Client) -> None:
    # While an upgrade goes from server to server, the old release serves on.
    Applied.objects.create(app="assets", name="9999_of_a_newer_release")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
class TestWhoAsksFromInside:
    def test_needs_no_host_name(self, client: Client, url: str, settings: object) -> None:
        settings.ALLOWED_HOSTS = ["register.example"]  # type: ignore[attr-defined]
        assert client.get(url, headers={"Host": "10.0.0.7:8000"}).status_code == 200
        assert client.get("/admin/", headers={"Host": "10.0.0.7:8000"}).status_code == 400

    def test_needs_no_tls(self, url: str, settings: object) -> None:
        settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]
        client = Client()  # middleware reads the settings when it is made
        assert client.get(url).status_code == 200
        assert client.get("/admin/").status_code == 301

    def test_gets_no_cookie_and_nothing_to_keep(self, client: Client, url: str) -> None:
        answer = client.get(url)
        assert not answer.cookies
        assert "no-store" in answer["Cache-Control"]
        assert "Vary" not in answer

    def test_may_only_ask(self, client: Client, url: str) -> None:
        assert client.head(url).status_code == 200
        assert client.post(url).status_code == 405
