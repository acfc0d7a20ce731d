"""What the repository must not say: where packages come from on one machine, or where it lies on another."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Package indexes and mirrors belong to the configuration of whoever installs. The names are put together here
# so that this file does not hold them.
HOSTS = [
    ".".join(parts)
    for parts in [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("jsdelivr", "net")]
]
INDEX_OPTIONS = re.compile(
    r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", re.MULTILINE
)
LINKS = re.compile(r"\]\((?!#|mailto:)([^)#\s]+)")
MACHINE_PATHS = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|opt|tmp)/\w[\w./-]*")


def tracked_names() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name]


def tracked_files() -> dict[str, str]:
    """The text of every tracked text file, by path."""
    texts = {}
    for name in tracked_names():
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            texts[name] = content.decode()
    return texts


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    texts = tracked_files()
    assert "pyproject.toml" in texts
    return texts


def test_no_file_names_a_package_index(files: dict[str, str]) -> None:
    assert [(name, host) for name, text in files.items() for host in HOSTS if host in text] == []


def test_no_file_names_a_path_of_somebodys_machine(files: dict[str, str]) -> None:
    allowed = {"/opt/homebrew/opt"}  # where Homebrew puts servers, the same on every such machine
    found = [(name, path) for name, text in files.items() for path in MACHINE_PATHS.findall(text)]
    assert [(name, path) for name, path in found if path not in allowed] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_files_pin_every_package_with_hashes_and_no_index(files: dict[str, str], name: str) -> None:
    text = files[name]
    assert INDEX_OPTIONS.search(text) is None
    assert "://" not in text
    packages = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert len(packages) > 20
    assert [line for line in packages if not re.fullmatch(r"[a-z0-9-]+==[^ ]+ \\", line)] == []
    assert text.count(" \\\n    --hash=sha256:") >= len(packages)


def test_the_development_lock_holds_the_runtime_lock(files: dict[str, str]) -> None:
    pins = {
        name: set(re.findall(r"^[a-z0-9-]+==\S+", files[name], re.MULTILINE))
        for name in files
        if name.startswith("requirements")
    }
    assert pins["requirements.txt"] <= pins["requirements-dev.txt"]


def test_each_dependency_has_its_reason(files: dict[str, str]) -> None:
    said = tomllib.loads(files["pyproject.toml"])
    groups = [said["project"]["dependencies"], *said["dependency-groups"].values()]
    wanted = {re.split(r"[^\w-]", each)[0] for group in groups for each in group}
    reasons = [line.split("|")[1] for line in files["docs/dependencies.md"].splitlines() if "|" in line]
    assert len(wanted) > 20
    assert wanted - set(re.findall(r"[\w-]+", " ".join(reasons))) == set()


def test_what_the_documents_link_to_is_there(files: dict[str, str]) -> None:
    tracked = set(tracked_names())
    folders = {str(parent) for name in tracked for parent in Path(name).parents}
    missing = [
        (name, link)
        for name, text in files.items()
        if name.endswith(".md")
        for link in LINKS.findall(text)
        if "://" not in link and within(name, link) not in tracked | folders
    ]
    assert missing == []


def within(document: str, link: str) -> str:
    """The path in the repository of what a document links to."""
    return os.path.relpath(ROOT / Path(document).parent / link, ROOT)


def test_these_nets_catch() -> None:
    assert LINKS.findall("![a](b/c.jpg) [d](e.md#f) [g](#h) [i](mailto:j)") == ["b/c.jpg", "e.md"]
    assert within("docs/api.md", "../README.md") == "README.md"
    path = str(Path("/", "home", "somebody", "project"))
    assert MACHINE_PATHS.findall(f"see {path} and file:///x") == [path]
    assert INDEX_OPTIONS.search("--index-url https://index.example/simple")
    assert INDEX_OPTIONS.search("a==1\n-f wheels")
