"""The admin's page about who sees a member: invite, withdraw, take away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.faults import faults_of
from recportal.once.models import Submission
from recportal.once.submissions import done, may_show_secret, once, secret_for
from recportal.records.querysets import reach_of

from .invitations import bind, invite, send, unbind, withdraw
from .models import Member


class AddressForm(forms.Form):
    """Where an invitation goes."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)


def access_urls(model_admin: Any) -> list[URLPattern]:
    """The address of the page, for the ``get_urls`` of the admin class of members."""

    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        return access_view(model_admin, request, object_id)

    return [
        path(
            "<path:object_id>/access/",
            model_admin.admin_site.admin_view(view),
            name="members_member_access",
        )
    ]


def access_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Who sees this member, and the buttons to change that; for managers of the community."""
    member: Member = model_admin.get_object(request, unquote(object_id))
    if not reach_of(request.user).allows(Level.MANAGER, member.community_id):
        raise PermissionDenied
    return once(
        request,
        lambda: _answer(model_admin, request, member),
        lambda first: _answer_again(model_admin, request, member, first),
    )


def _answer(model_admin: Any, request: HttpRequest, member: Member) -> HttpResponse:
    assert isinstance(request.user, User)
    form = AddressForm(initial={"email": member.extra.get("email", "")})
    link = ""
    if request.method == "POST":
        try:
            if "send" in request.POST:
                form = AddressForm(request.POST)
                if form.is_valid():
                    _send(request, member, form.cleaned_data["email"])
            elif "link" in request.POST:
                token = invite(member, request.user, token=secret_for(request))[1]
                link = _url(request, token)
                done(request, _address(member))
            else:
                _act(request, member)
        except ValidationError as error:
            for fault in faults_of(error):
                messages.error(request, str(fault.text))
        if not link and not form.errors:
            return HttpResponseRedirect(_address(member))
    return _page(model_admin, request, member, form, link)


def _answer_again(model_admin: Any, request: HttpRequest, member: Member, first: Submission) -> HttpResponse:
    """A second click on “Make a link to copy” shows the link that the first one has made."""
    if "link" in request.POST and may_show_secret(first):
        form = AddressForm(initial={"email": member.extra.get("email", "")})
        return _page(model_admin, request, member, form, _url(request, secret_for(request)))
    return HttpResponseRedirect(first.result)


def _address(member: Member) -> str:
    return reverse("admin:members_member_access", args=[member.pk])


def _page(
    model_admin: Any, request: HttpRequest, member: Member, form: AddressForm, link: str
) -> HttpResponse:
    answer = TemplateResponse(
        request,
        "members/access.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": gettext("Who sees this member"),
            "opts": model_admin.opts,
            "original": member,
            "form": form,
            "link": link,
            "invitations": member.invitations.select_related("made_by", "accepted_by", "mail").defer(
                "mail__parameters"
            )[:20],
        },
    )
    answer["Cache-Control"] = "no-store"  # the link is shown once
    return answer


def _send(request: HttpRequest, member: Member, email: str) -> None:
    assert isinstance(request.user, User)
    with transaction.atomic():
        invitation, token = invite(member, request.user, email)
        send(invitation, _url(request, token))
    done(request, _address(member))
    messages.success(request, gettext("The invitation is on its way to %(email)s.") % {"email": email})


def _url(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("pages:invitation", args=[token]))


def _act(request: HttpRequest, member: Member) -> None:
    assert isinstance(request.user, User)
    if "withdraw" in request.POST:
        withdraw(member)
        messages.success(request, gettext("The invitation is withdrawn: its link does nothing any more."))
    elif "remove" in request.POST:
        unbind(member, request.user, "admin")
        messages.success(request, gettext("The account sees this member no more."))
    elif "bind" in request.POST:
        if not request.user.is_superuser:
            raise PermissionDenied
        account = User.objects.named(request.POST.get("username", "")[:256])
        if account is None:
            messages.error(request, gettext("There is no account with this user name."))
            return
        bind(member, account, "admin", gettext("Account given by a superuser"), by=request.user)
        messages.success(request, gettext("The account sees this member now."))
