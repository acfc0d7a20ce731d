"""A guard behind a guard: what a form, a page or a caller has checked is checked again at the write.

Each test takes the first guard away, by acting on what was read before somebody else was faster.
"""

import copy
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import RequestFactory

from communities.area_forms import AreaForm, AreaKeyForm, AreaRemovalForm, NewAreaForm
from communities.grid_forms import NewNodeForm, NodeForm, NodeRemovalForm
from communities.models import ApiToken, Community
from members import corrections, invitations
from members.handover import Dates, correct_dates, handed_over
from members.invitations import bind, invite, unbind
from members.models import Correction, Holding, Invitation, Member, purge_member
from recportal.accounts.models import User
from recportal.bundles.uploads import carry_out, take
from recportal.documents.faults import faults_of
from recportal.staff.reverting import ReasonForm, _write
from recportal.staff.site import site
from recportal.staff.together import save_together
from tests.pages.conftest import signed_in
from tests.staff.conftest import Register, editor_a, register, superuser

__all__ = ["editor_a", "register", "superuser"]  # fixtures of the admin's tests


def codes(error: "pytest.ExceptionInfo[ValidationError]") -> set[str]:
    return {str(fault.code) for fault in faults_of(error.value)}


def changed_by_somebody(record: Any) -> None:
    """A write that the holder of ``record`` does not know of."""
    other = type(record).objects.get(pk=record.pk)
    other.name = f"{other.name} II"
    other.save()


def request_of(user: User) -> Any:
    request = RequestFactory().post("/admin/")
    request.user = user
    return request


# The version that somebody saw


@pytest.mark.parametrize("name", ["a", "anna", "pv"])
def test_the_admin_saves_no_record_that_has_changed_since(
    name: str, register: Register, manager_a: User
) -> None:
    record: Any = getattr(register, name)
    model_admin = site.get_model_admin(type(record))
    seen = record.version
    changed_by_somebody(record)
    record.name = "Overwritten"
    form = SimpleNamespace(cleaned_data={"seen": seen, "reason": ""})
    with pytest.raises(ValidationError) as error:
        model_admin.save_model(request_of(manager_a), record, form, change=True)
    assert codes(error) == {"changed_meanwhile"}
    assert type(record)._base_manager.get(pk=record.pk).name.endswith(" II")


def sent(community: Community, **typed: str) -> QueryDict:
    """What a form about a part of the community sends, opened as the community is."""
    data = QueryDict(mutable=True)
    data.update({**typed, "reason": "x", "seen": str(community.version)})
    return data


FORMS: dict[str, Callable[[Community], Any]] = {
    "a new area": lambda it: NewAreaForm(sent(it, name="West", key="west"), community=it),
    "an area": lambda it: AreaForm(sent(it, name="N"), community=it, key="north"),
    "another key": lambda it: AreaKeyForm(sent(it, new_key="nord"), community=it, key="north"),
    "no area": lambda it: AreaRemovalForm(sent(it), community=it, key="south"),
    "a new node": lambda it: NewNodeForm(sent(it, id="line-9", type="line"), community=it),
    "a node": lambda it: NodeForm(sent(it, type="node"), community=it, node="alpha-2"),
    "no node": lambda it: NodeRemovalForm(sent(it), community=it, node="alpha-2"),
}


@pytest.mark.parametrize("name", FORMS)
def test_no_part_of_a_community_is_saved_over_another_change(
    name: str, register: Register, manager_a: User
) -> None:
    community = Community.objects.get(pk=register.a.pk)
    form = FORMS[name](community)
    assert form.is_valid(), form.errors
    changed_by_somebody(community)
    with pytest.raises(ValidationError) as error:
        form.save(manager_a)
    assert codes(error) == {"changed_meanwhile"}
    stored = Community.objects.get(pk=community.pk)
    assert stored.name.endswith(" II")
    assert stored.areas == register.a.areas
    assert stored.topology == register.a.topology


def test_no_undo_of_a_record_that_has_changed_since(register: Register, manager_a: User) -> None:
    form = ReasonForm({"reason": "mistaken", "seen": register.anna.version})
    assert form.is_valid()
    changed_by_somebody(register.anna)
    assert not _write(request_of(manager_a), register.anna, form)
    assert form.errors
    assert Member.objects.get(pk=register.anna.pk).name.endswith(" II")


def test_no_purge_of_a_member_that_has_changed_since(register: Register) -> None:
    seen = register.anna.version
    changed_by_somebody(register.anna)
    with pytest.raises(ValidationError) as error:
        purge_member(register.anna, seen=seen)
    assert codes(error) == {"changed_meanwhile"}
    assert Member.objects.get(pk=register.anna.pk).assets.count() == 2


def test_no_saving_together_of_what_has_changed_since(register: Register) -> None:
    seen = {register.anna.pk: register.anna.version, register.beta.pk: register.beta.version}
    changed_by_somebody(register.beta)
    for member in (register.anna, register.beta):
        member.status = "suspended"
    with pytest.raises(ValidationError) as error:
        save_together([register.anna, register.beta], seen)
    assert codes(error) == {"changed_meanwhile"}
    assert not Member.objects.filter(status="suspended").exists()


# The state of a correction


@pytest.fixture
def correction(register: Register, member_a: User) -> Correction:
    member = member_a.memberships.get()
    return corrections.propose(member, member_a, member, ("name",), "Anna B.")


ANSWERS: dict[str, Callable[[Correction, User], None]] = {
    "accepted": lambda it, staff: corrections.accept(it, staff, "Yes."),
    "declined": lambda it, staff: corrections.decline(it, staff, "No."),
    "withdrawn": lambda it, staff: corrections.withdraw(it),
}


@pytest.mark.parametrize("first", ANSWERS)
@pytest.mark.parametrize("second", ANSWERS)
def test_a_correction_is_answered_or_withdrawn_once(
    first: str, second: str, correction: Correction, manager_a: User
) -> None:
    stale = copy.copy(correction)
    ANSWERS[first](correction, manager_a)
    before = Correction.objects.values().get()
    name = Member.objects.get(pk=correction.member_id).name
    with pytest.raises(ValidationError) as error:
        ANSWERS[second](stale, manager_a)
    assert codes(error) == {"answered"}
    assert Correction.objects.values().get() == before
    assert Member.objects.get(pk=correction.member_id).name == name


@pytest.mark.parametrize("first", ["accepted", "declined"])
def test_a_member_takes_nothing_back_that_staff_have_answered(
    first: str, correction: Correction, manager_a: User, member_a: User
) -> None:
    ANSWERS[first](correction, manager_a)
    client = signed_in(member_a)
    client.post(f"/my/alpha/own/corrections/{correction.pk}/withdraw/")
    correction.refresh_from_db()
    assert correction.state == first
    assert correction.answered_by == manager_a


# Invitations


def accept(invitation: Invitation, user: User) -> set[str]:
    with pytest.raises(ValidationError) as error:
        invitations.accept(invitation, user)
    return codes(error)


def test_removing_access_ends_older_invitations(register: Register, superuser: User, stranger: User) -> None:
    """One that was open when the member was given to an account in another way."""
    invitation, token = invite(register.anna, superuser)
    bind(register.anna, User.objects.create_user("anna"), "admin", "given", by=superuser)
    unbind(register.anna, superuser, "admin")
    client = signed_in(stranger)
    assert client.get(f"/invitations/{token}/").status_code == 410
    client.post(f"/invitations/{token}/accept/")
    assert Member.objects.get(pk=register.anna.pk).account is None
    assert accept(invitation, stranger) == {"invitation_closed"}


def test_an_invitation_that_was_withdrawn_meanwhile_binds_nobody(register: Register, stranger: User) -> None:
    invitation, _token = invite(register.anna, None)
    invitations.withdraw(register.anna)
    assert accept(invitation, stranger) == {"invitation_closed"}
    assert Member.objects.get(pk=register.anna.pk).account is None


def test_an_invitation_that_was_accepted_meanwhile_binds_nobody_else(
    register: Register, stranger: User, viewer_a: User
) -> None:
    invitation, _token = invite(register.anna, None)
    invitations.accept(copy.copy(invitation), viewer_a)
    assert accept(invitation, stranger) == {"invitation_closed"}
    assert Member.objects.get(pk=register.anna.pk).account == viewer_a


def test_nobody_is_invited_to_what_was_bound_meanwhile(
    register: Register, stranger: User, viewer_a: User
) -> None:
    stale = copy.copy(register.anna)
    bind(register.anna, viewer_a, "admin", "given")
    with pytest.raises(ValidationError) as error:
        invite(stale, None)
    assert codes(error) == {"has_account"}
    with pytest.raises(ValidationError) as error:
        bind(stale, stranger, "admin", "given")
    assert codes(error) == {"has_account"}
    assert Member.objects.get(pk=register.anna.pk).account == viewer_a


# Holdings, imports, tokens


def test_days_are_not_corrected_over_a_change(register: Register) -> None:
    holding = register.anna.holdings.filter(kind="delivery_point").get()
    Holding.objects.filter(pk=holding.pk).update(since=date(2024, 5, 1))
    with pytest.raises(ValidationError) as error:
        correct_dates(holding, Dates(date(2023, 1, 1), None))
    assert codes(error) == {"gone"}
    assert Holding.objects.get(pk=holding.pk).since == date(2024, 5, 1)


def test_nothing_is_handed_over_that_has_ended_meanwhile(register: Register) -> None:
    holding = register.anna.holdings.filter(kind="delivery_point").get()
    Holding.objects.filter(pk=holding.pk).update(until=date(2024, 5, 1), since=date(2024, 1, 1))
    with (
        pytest.raises(ValidationError) as error,
        handed_over(register.beta, [holding], register.a.today()),
    ):
        raise AssertionError("not reached")
    assert codes(error) == {"gone"}


def test_an_upload_is_carried_out_once(register: Register, manager_a: User) -> None:
    content = b"recportal: 1\ncommunity: {key: alpha, name: Alpha, description: Imported}\n"
    upload = take(manager_a, "alpha.yaml", content, "", replace=False)
    stale = copy.copy(upload)
    assert carry_out(upload, "first")
    assert carry_out(stale, "second")
    reasons = register.a.history.values_list("history_change_reason", flat=True)
    assert [each for each in reasons if "alpha.yaml" in each] == ["alpha.yaml: first"]


def test_a_plan_that_is_not_what_was_shown_is_not_carried_out(register: Register, manager_a: User) -> None:
    content = b"recportal: 1\ncommunity: {key: alpha, name: Alpha, description: Imported}\n"
    upload = take(manager_a, "alpha.yaml", content, "", replace=False)
    changed_by_somebody(register.a)
    assert not carry_out(upload, "")
    assert Community.objects.get(pk=register.a.pk).description == ""


def test_a_token_that_is_stored_gets_no_other_secret(manager_a: User) -> None:
    token, _secret = ApiToken.issue(manager_a, "tool")
    with pytest.raises(ValidationError):
        token.renew()
