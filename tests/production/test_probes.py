"""The probes of a real server whose database is away."""

from tests.installation import Installation, Visitor


def away(installation: Installation) -> str:
    """The address of a database like this test's that does not exist."""
    url = installation.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        return f"sqlite:///{installation.folder}/no-such-folder/recportal.sqlite3"
    return url.rpartition("/")[0] + "/no_such_database"


def test_without_its_database_a_server_lives_and_is_not_ready(installation: Installation) -> None:
    with installation.served(DATABASE_URL=away(installation)) as server:
        assert Visitor(server).get("/healthz").status_code == 200
        answer = Visitor(server).get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: the database does not answer\n")


def test_with_its_database_it_is_ready(installation: Installation) -> None:
    with installation.served() as server:
        assert Visitor(server, host="127.0.0.1").get("/readyz").text == "ready\n"
