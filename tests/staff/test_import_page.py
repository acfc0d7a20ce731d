"""The import page: upload, read the plan, carry it out, take the report along."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.bundles.models import Upload
from recportal.bundles.parsing import LARGEST_FILE
from recportal.bundles.uploads import confirm
from tests.staff.browsing import Browser, text_of
from tests.staff.conftest import Register

PAGE = "/admin/import/"
TABLE = "key,name,Phone\nm-1,Anna Bianchi,'+39 041\n"


def upload(browser: Browser, content: str | bytes, name: str = "table.csv", **typed: Any) -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return browser.post(PAGE, {"file": SimpleUploadedFile(name, data), **typed})


def planned(browser: Browser, content: str | bytes, name: str = "table.csv", **typed: Any) -> str:
    """The address of the plan."""
    answer = upload(browser, content, name, **typed)
    assert answer.status_code == 302, text_of(answer)
    return str(answer.headers["Location"])


def bundle(key: str, **more: Any) -> str:
    return json.dumps({"recportal": 1, "community": {"key": key, **more}})


@pytest.fixture
def manager(manager_a: User, register: Register) -> Browser:
    return Browser(manager_a)


def test_it_works(manager: Browser, register: Register) -> None:
    plan = planned(manager, TABLE, community="alpha")
    page = text_of(manager.get(plan))
    assert "extra.phone" in page
    assert "Anna Bianchi" in page
    register.anna.refresh_from_db()
    assert register.anna.name == "Anna"
    answer = manager.post(plan, {"apply": "1", "reason": "Letter of May"})
    assert answer.status_code == 302
    register.anna.refresh_from_db()
    assert (register.anna.name, register.anna.extra["phone"]) == ("Anna Bianchi", "+39 041")
    entry = register.anna.history.latest()
    assert (entry.history_door, entry.history_change_reason) == ("import", "table.csv: Letter of May")
    kept = Upload.objects.get()
    assert bytes(kept.content) == b""
    assert kept.applied_at
    report = json.loads(manager.get(f"{plan}report.json").content)
    assert report["applied"] is True
    assert "extra.phone" in manager.get(f"{plan}report.csv").content.decode()


def test_reading_a_plan_writes_nothing_and_applying_twice_does_it_once(
    manager: Browser, register: Register
) -> None:
    plan = planned(manager, TABLE, community="alpha")
    manager.get(plan)
    assert Member.objects.get(pk=register.anna.pk).version == register.anna.version
    manager.post(plan, {"apply": "1"})
    manager.post(plan, {"apply": "1"})
    assert Member.objects.get(pk=register.anna.pk).version == register.anna.version + 1


def test_a_plan_that_has_changed_is_shown_again(manager: Browser, register: Register) -> None:
    plan = planned(manager, TABLE, community="alpha")
    register.anna.extra = {"phone": "1"}
    register.anna.save()
    answer = manager.client.post(plan, {"apply": "1"}, follow=True)
    assert "has changed since" in text_of(answer)
    assert Member.objects.get(pk=register.anna.pk).name == "Anna"
    manager.post(plan, {"apply": "1"})
    assert Member.objects.get(pk=register.anna.pk).name == "Anna Bianchi"


def test_errors_are_shown_with_row_and_column_and_nothing_is_written(
    manager: Browser, register: Register
) -> None:
    plan = planned(manager, "key,name,Tilt (°)\npv-1,Roof,120\n", community="alpha")
    page = text_of(manager.get(plan))
    assert "Row 2, Tilt (°)" in page
    manager.post(plan, {"apply": "1"})
    assert Asset.objects.get(pk=register.pv.pk).name == register.pv.name


def test_replacing_is_asked_twice(manager: Browser, register: Register) -> None:
    plan = planned(manager, bundle("alpha", name="Alpha"), "alpha.json", replace="on")
    assert "members 1, assets 2" in text_of(manager.get(plan))
    answer = manager.post(plan, {"apply": "1"})
    assert "Are you sure?" in text_of(answer)
    assert Member.objects.filter(community=register.a).exists()
    manager.post(plan, {"apply": "1", "confirmed": Upload.objects.get().plan})
    assert not Member.objects.filter(community=register.a).exists()
    assert Member.objects.filter(community=register.b).exists()


def test_a_table_of_new_records_alone_is_asked_twice(manager: Browser) -> None:
    plan = planned(manager, "key,name,role\nx-1,Xenia,consumer\n", community="alpha")
    assert "Is it the right" in text_of(manager.get(plan))
    manager.post(plan, {"apply": "1"})
    assert not Member.objects.filter(key="x-1").exists()
    manager.post(plan, {"apply": "1", "confirmed": Upload.objects.get().plan})
    assert Member.objects.filter(key="x-1").exists()


OTHERS = "key,name,role\nm-1,Comune di Pontelarno,consumer\n"


def test_another_person_under_a_key_is_asked_by_a_tick(manager: Browser, register: Register) -> None:
    plan = planned(manager, OTHERS, community="alpha")
    page = text_of(manager.get(plan))
    assert "A different record under the same key?" in page
    assert "<del>Anna</del> → <ins>Comune di Pontelarno</ins>" in page
    assert 'name="confirm" value="another_person"' in page
    assert 'name="apply"' not in page
    assert "first answer the question below" in page
    assert "Mend what is listed here" not in page  # there is nothing to mend
    manager.post(plan, {"apply": "1"})
    for ticked in ({}, {"confirm": "another_asset"}, {"confirm": "all"}):
        manager.post(plan, {**ticked, "apply": "1"})
        assert "A different record under the same key?" in text_of(manager.get(plan))
    assert Member.objects.get(pk=register.anna.pk).name == "Anna"
    manager.post(plan, {"confirm": "another_person"})
    page = text_of(manager.get(plan))
    assert "A different record under the same key?" not in page
    assert "Comune di Pontelarno" in page  # as a change
    assert Member.objects.get(pk=register.anna.pk).name == "Anna"
    manager.post(plan, {"apply": "1"})
    assert Member.objects.get(pk=register.anna.pk).name == "Comune di Pontelarno"
    assert manager.post(plan, {"confirm": "another_person"}).status_code == 302
    assert Upload.objects.get().applied_at


def test_what_a_tick_does_not_mend_is_to_be_mended(manager: Browser, register: Register) -> None:
    page = text_of(manager.get(planned(manager, f"{OTHERS}m-9,Zoe,baker\n", community="alpha")))
    assert "A different record under the same key?" in page
    assert "Mend what is listed here" in page
    assert "first answer the question below" not in page


def test_a_tick_counts_for_what_was_seen(manager: Browser, register: Register) -> None:
    Member.objects.create(community=register.a, key="m-2", name="Comune", role="consumer")
    plan = planned(manager, OTHERS + "m-2,Comune di Pontelarno,consumer\n", community="alpha")
    manager.post(plan, {"confirm": "another_person"})
    other = Member.objects.get(key="m-2")
    other.name = "Zoe"  # another one by now, of which the page has said nothing
    other.save()
    answer = manager.client.post(plan, {"apply": "1"}, follow=True)
    assert "has changed since" in text_of(answer)
    assert Member.objects.get(key="m-2").name == "Zoe"


def test_what_a_conflict_says_of_who_has_it(manager: Browser, register: Register) -> None:
    table = "key,name,role,status,delivery_point_1_id,delivery_point_1_type\n"
    row = "x-{n},X,consumer,active,{id},pod\n"
    plan = planned(manager, table + row.format(n=1, id="IT001E00000001"), community="alpha")
    assert "Member “m-1” has it." in text_of(manager.get(plan))
    two = row.format(n=1, id="IT001E7") + row.format(n=2, id="IT001E7")
    assert "Row 2 says the same." in text_of(manager.get(planned(manager, table + two, community="alpha")))
    elsewhere = planned(manager, table + row.format(n=1, id="IT001E00000099"), community="alpha")
    page = text_of(manager.get(elsewhere))
    assert "is held already" in page
    assert "beta" not in page


def test_replace_says_that_it_does_nothing_for_a_table(manager: Browser, register: Register) -> None:
    plan = planned(manager, TABLE, community="alpha", replace="on")
    assert "“Replace” does nothing for a table" in text_of(manager.get(plan))
    manager.post(plan, {"apply": "1"})
    assert Member.objects.get(pk=register.anna.pk).name == "Anna Bianchi"
    assert Asset.objects.filter(community=register.a).count() == 2
    assert "does nothing" not in text_of(manager.get(planned(manager, TABLE, community="alpha")))
    whole = planned(manager, bundle("alpha", name="Alpha"), "alpha.json", replace="on")
    assert "does nothing" not in text_of(manager.get(whole))


def test_error_values_are_shown_with_row_and_column(manager: Browser) -> None:
    page = text_of(manager.get(planned(manager, "key,name,Phone\nm-1,#NOME?,########\n", community="alpha")))
    assert "Row 2, name" in page
    assert "Row 2, Phone" in page
    assert "“#NOME?” is what a spreadsheet program writes" in page


def test_who_may_import(
    register: Register,
    manager_a: User,
    viewer_a: User,
    editor_a: User,
    manager_b: User,
    member_a: User,
    stranger: User,
) -> None:
    statuses = {
        user.username: Browser(user).get(PAGE).status_code
        for user in (manager_a, viewer_a, editor_a, manager_b, member_a, stranger)
    }
    assert statuses == {
        "manager_a": 200,
        "viewer_a": 403,
        "editor_a": 403,
        "manager_b": 200,
        "member_a": 302,
        "stranger": 302,
    }
    offered = [
        user.username
        for user in (manager_a, viewer_a, editor_a)
        for page in ("/admin/", "/admin/members/member/")
        if f'<a href="{PAGE}">Import</a>' in text_of(Browser(user).get(page))
    ]
    assert offered == ["manager_a", "manager_a"]
    plan = planned(Browser(manager_a), TABLE, community="alpha")
    for user, status in ((viewer_a, 403), (manager_b, 404), (member_a, 302), (stranger, 302)):
        for address in (plan, f"{plan}report.json"):
            assert Browser(user).get(address).status_code == status
        assert Browser(user).post(plan, {"discard": "1"}).status_code == status
    assert Upload.objects.exists()


def test_no_file_reaches_another_community(manager: Browser, register: Register) -> None:
    answer = upload(manager, TABLE, community="beta")
    assert answer.status_code == 200  # no choice of this form
    for key in ("beta", "unheard"):
        plan = planned(manager, bundle(key, name="Mine"), "file.json")
        page = text_of(manager.get(plan))
        assert "none of yours" in page
        assert "Beta Berta" not in page
        manager.post(plan, {"apply": "1"})
    assert Community.objects.get(key="beta").name == "Beta"
    assert not Community.objects.filter(key="unheard").exists()


def test_a_role_that_is_withdrawn_meanwhile_counts_no_more(
    manager: Browser, manager_a: User, register: Register
) -> None:
    plan = planned(manager, TABLE, community="alpha")
    role = manager_a.staff_roles.get()
    role.community = register.b
    role.save()
    manager.post(plan, {"apply": "1"})
    assert Member.objects.get(pk=register.anna.pk).name == "Anna"


def test_a_superuser_makes_a_community(superuser: User) -> None:
    browser = Browser(superuser)
    plan = planned(browser, bundle("fresh", name="Fresh"), "fresh.json")
    browser.post(plan, {"apply": "1"})
    assert Community.objects.filter(key="fresh").exists()


def test_a_confirmation_that_comes_after_the_import_changes_nothing(manager: Browser) -> None:
    plan = planned(manager, TABLE, community="alpha")
    late = Upload.objects.get()
    manager.post(plan, {"apply": "1"})
    confirm(late, ["another_person"])
    stored = Upload.objects.get()
    assert stored.applied_at
    assert (bytes(stored.content), stored.confirmed) == (b"", [])


def test_files_go_when_they_expire_or_are_thrown_away_or_are_too_many(manager: Browser) -> None:
    plan = planned(manager, TABLE, community="alpha")
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert manager.get(plan).status_code == 404
    plan = planned(manager, TABLE, community="alpha")
    assert Upload.objects.count() == 1
    manager.post(plan, {"discard": "1"})
    assert Upload.objects.count() == 0
    for _number in range(7):
        planned(manager, TABLE, community="alpha")
    assert Upload.objects.count() == 5


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b"\x00\xff"),
        ("x.csv", b'key,name\nm-1,"x\n'),
        ("x.csv", b"PK\x03\x04"),
        ("x.csv", "key,name\nm-1,è\n".encode("cp1252")),
        ("x\x01.yaml", b"a: &x 1"),
        ("x.json", b"[" * 100_000),
        ("x.json", b'{"recportal": 1, "community": {"key": 5}}'),
        ("x.json", b'{"recportal": 1, "community": null}'),
        ("x.json", b'{"recportal": 1, "community": {"key": "alpha\\u0000"}}'),
    ],
)
def test_hostile_files_get_a_page_that_says_why(manager: Browser, name: str, content: bytes) -> None:
    page = manager.get(planned(manager, content, name, community="alpha"))
    assert page.status_code == 200
    assert "refused" in text_of(page)


def test_hostile_addresses_and_bodies_are_no_crash(manager: Browser, register: Register) -> None:
    plan = planned(manager, TABLE, community="alpha")
    for address in (f"{PAGE}{'9' * 40}/", f"{PAGE}0/", f"{plan}report.exe", f"{PAGE}{2**63}/"):
        assert manager.get(address).status_code == 404
    assert manager.get(plan, p="x", show="<b>").status_code == 200
    assert manager.post(plan, {"apply": "1", "reason": "a\x00b"}).status_code == 302
    assert manager.post(PAGE, {"community": "alpha\x00", "file": "no file"}).status_code == 200
    assert manager.post(PAGE, {}).status_code == 200
    too_long: Any = {"CONTENT_LENGTH": str(LARGEST_FILE + 2**21)}
    assert manager.client.post(PAGE, b"", content_type="text/csv", **too_long).status_code == 413


def test_a_long_plan_is_shown_in_pages_and_is_whole_in_the_report(manager: Browser) -> None:
    rows = "".join(f"x-{number},N,consumer\n" for number in range(120))
    plan = planned(manager, f"key,name,role\n{rows}", community="alpha")
    page = text_of(manager.get(plan, p="3"))
    assert page.count('<li class="create">') == 20
    assert len(json.loads(manager.get(f"{plan}report.json").content)["records"]) == 120


IBAN = "GB82WEST12345698765432"


def test_passwords_and_bank_data_of_a_table_are_not_kept(manager: Browser, register: Register) -> None:
    table = f"key,name,Phone,Password,IBAN\nm-1,Anna Bianchi,'+39 041,hunter2,{IBAN}\n"
    plan = planned(manager, table, community="alpha")
    kept = Upload.objects.get()
    assert b"hunter2" not in bytes(kept.content)
    assert IBAN.encode() not in bytes(kept.content)
    page = text_of(manager.get(plan))
    assert "Password, IBAN" in page
    assert json.loads(manager.get(f"{plan}report.json").content)["withheld"] == ["Password", "IBAN"]
    manager.post(plan, {"apply": "1"})
    register.anna.refresh_from_db()
    assert register.anna.name == "Anna Bianchi"
    assert IBAN not in json.dumps(register.anna.extra)
    assert "Password, IBAN" in text_of(manager.get(plan))


@pytest.mark.parametrize("extra", [{"iban": IBAN}, {"bank": {"number": "1"}}, {"note": IBAN}])
def test_a_bundle_with_bank_data_is_refused_and_not_kept(manager: Browser, extra: Any) -> None:
    text = json.dumps({"recportal": 1, "community": {"key": "alpha"}, "members": {"m-1": {"extra": extra}}})
    page = text_of(manager.get(planned(manager, text, "a.json")))
    assert "Passwords and bank data are not kept here" in page
    assert bytes(Upload.objects.get().content) == b""


def test_a_file_that_cannot_be_read_is_not_kept(manager: Browser) -> None:
    planned(manager, "password: hunter2\n", "a.yaml")
    assert bytes(Upload.objects.get().content) == b""


def test_a_long_plan_lists_its_refused_records_first_and_counts_the_rest(manager: Browser) -> None:
    members = {f"m-{number:05}": {"name": "M", "role": "consumer"} for number in range(3000)}
    members["z"] = {"name": "", "role": "consumer"}
    text = json.dumps({"recportal": 1, "community": {"key": "alpha"}, "members": members})
    plan = planned(manager, text, "a.json")
    answer = manager.get(f"{plan}report.json").content
    report = json.loads(answer)
    assert len(answer) < 256 * 1024
    assert report["counts"]["member"]["create"] == 3000
    assert "z" in [record["key"] for record in report["records"]]
    assert len(report["records"]) + report["more"]["records"] == 3001
    page = manager.get(plan).content
    assert len(page) < 256 * 1024
    assert f"{report['more']['records']} more records" in page.decode()
