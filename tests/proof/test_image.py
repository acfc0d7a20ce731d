"""The image and the composition, as far as they can be told without an engine: their own commands are run."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.installation import ROOT, Installation, image_files

pytestmark = [pytest.mark.proof, pytest.mark.once]

KEY = "a key of the tests that is long enough for every check that there is, 0123456789"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, argument), with continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line]


def arguments(instruction: str) -> list[str]:
    return [argument for each, argument in instructions() if each == instruction]


def variables() -> dict[str, str]:
    """What the ENV lines say, with this test's Python in place of the image's."""
    said = dict(part.split("=", 1) for argument in arguments("ENV") for part in shlex.split(argument))
    return {**said, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def composition() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


# The image


def test_an_image_holds_the_program_and_nothing_else() -> None:
    names = image_files()
    assert {"manage.py", "requirements.txt", "recportal/wsgi.py", "recportal/server/__main__.py"} <= set(
        names
    )
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"tests", "docs", "var", "secrets", ".git", ".env", ".venv", "compose.yaml"}
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= tops, "a new package is not let into the image"


def test_packages_come_from_the_lock_file_with_hashes() -> None:
    (install,) = [argument for argument in arguments("RUN") if "pip install" in argument]
    assert "--require-hashes" in install
    assert "--requirement /requirements.txt" in install
    assert [argument for argument in arguments("COPY") if argument.startswith("requirements")]


def test_it_runs_as_nobody_special_and_knows_no_secret() -> None:
    assert arguments("FROM") == ["python:3.11-slim AS packages", "python:3.11-slim"]
    order = [instruction for instruction, _argument in instructions()]
    assert arguments("USER") == ["10001:10001"]
    assert order.index("USER") < order.index("CMD")
    assert "ARG" not in order
    assert not [argument for argument in arguments("ENV") if re.search("KEY|PASSWORD|SECRET|URL", argument)]


def test_its_steps_lead_to_a_service_that_is_alive_and_writes_no_file(
    tmp_path: Path, child_environment: dict[str, str]
) -> None:
    image = Installation.made_in(tmp_path / "image")
    image.environment = variables()
    (collect,) = [argument for argument in arguments("RUN") if "collectstatic" in argument]
    done = image.run(["sh", "-ec", collect])
    assert done.returncode == 0, done.stderr
    before = files(image.folder)
    assert any("/static/" in name for name in before)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **image.environment,
        "SECRET_KEY": KEY,
        "DATABASE_URL": child_environment["DATABASE_URL"],
        "ALLOWED_HOSTS": "register.example.org",
    }
    assert environment["WEB_BIND"] == "0.0.0.0:8000"
    environment["WEB_BIND"] = f"127.0.0.1:{port}"
    (health,) = arguments("HEALTHCHECK")
    check = [
        part.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        for part in json.loads(health[health.index("[") :])
    ]
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen(
            json.loads(arguments("CMD")[0]), cwd=image.folder, env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while image.run(check).returncode:
            assert service.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until
        ready = [part.replace("healthz", "readyz") for part in check]
        assert image.run(ready).returncode == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGTERM)
        service.wait(30)
    assert image.run(check).returncode != 0, "a service that has ended is not healthy"
    assert files(image.folder) == before


def files(folder: Path) -> set[str]:
    return {str(file) for file in folder.rglob("*") if file.is_file()}


# The composition


def test_every_secret_is_a_file_that_new_secrets_makes(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "deploy/new-secrets", tmp_path / "secrets"], capture_output=True, text=True, check=True
    )
    made = {file.name: file.read_text().strip() for file in (tmp_path / "secrets").iterdir()}
    read = composition()
    assert {Path(secret["file"]).name for secret in read["secrets"].values()} == made.keys()
    assert all(Path(secret["file"]).name == name for name, secret in read["secrets"].items())
    for service in read["services"].values():
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert not re.search("KEY|PASSWORD|SECRET|DATABASE_URL", variable), variable
    assert f":{made['database_password']}@database:5432/recportal" in made["database_url"]
    assert len(made["secret_key"]) >= 50
    assert done.stdout.count("is made") == 3
    assert not [secret for secret in made.values() if secret in done.stdout]


def test_secrets_that_exist_are_kept(tmp_path: Path) -> None:
    for _time in range(2):
        subprocess.run([ROOT / "deploy/new-secrets", tmp_path], capture_output=True, check=True)
        kept = {file.name: file.read_text() for file in tmp_path.iterdir()}
    subprocess.run([ROOT / "deploy/new-secrets", tmp_path], capture_output=True, check=True)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == kept


def test_the_secrets_open_the_application(tmp_path: Path) -> None:
    subprocess.run([ROOT / "deploy/new-secrets", tmp_path], capture_output=True, check=True)
    given = {"SECRET_KEY_FILE": tmp_path / "secret_key", "DATABASE_URL_FILE": tmp_path / "database_url"}
    code = (
        "from recportal.settings import DATABASES\n"
        "print(*(DATABASES['default'][name] for name in ('HOST', 'USER', 'NAME')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **{name: str(path) for name, path in given.items()}},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "database recportal recportal\n", done.stderr


def test_only_the_proxy_is_reached_from_outside() -> None:
    services = composition()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["database"]["networks"] == ["inside"]
    assert composition()["networks"]["inside"]["internal"] is True
    assert "inside" not in services["proxy"]["networks"]


def test_the_application_starts_when_the_database_is_migrated() -> None:
    services = composition()["services"]
    assert services["application"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"}
    }
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["migrate"]["command"][:3] == ["python", "manage.py", "migrate"]
    assert services["migrate"]["environment"] == services["application"]["environment"]
    assert services["application"]["read_only"] is True


def test_the_proxy_serves_what_the_composition_names() -> None:
    services = composition()["services"]
    (upstream,) = re.findall(r"reverse_proxy (\S+)", (ROOT / "deploy/Caddyfile").read_text())
    host, port = upstream.split(":")
    assert host in services
    assert f"WEB_BIND=0.0.0.0:{port}" in " ".join(arguments("ENV")).split()
    assert "./deploy/Caddyfile:/etc/caddy/Caddyfile:ro" in services["proxy"]["volumes"]


# systemd


def test_the_units_are_sound() -> None:
    units = sorted((ROOT / "deploy/systemd").iterdir())
    assert [unit.name for unit in units] == [
        "recportal-backup.service",
        "recportal-backup.timer",
        "recportal-work.service",
        "recportal.service",
    ]
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert complaints == []


def test_the_service_starts_what_is_tested() -> None:
    unit = (ROOT / "deploy/systemd/recportal.service").read_text()
    worker = (ROOT / "deploy/systemd/recportal-work.service").read_text()
    assert "ExecStart=/srv/recportal/current/.venv/bin/python manage.py work\n" in worker
    assert "Restart=always" in worker
    assert composition()["services"]["worker"]["command"] == ["python", "manage.py", "work"]
    assert "ExecStart=/srv/recportal/current/.venv/bin/python -m recportal.server\n" in unit
    assert "Restart=always" in unit
