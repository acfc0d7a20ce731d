"""The admin's page of mails: what waits, what was sent, what failed. What they say stands nowhere."""

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_value
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.accounts.roles import Level
from recportal.mail.models import Mail
from recportal.mail.sending import UNREADABLE
from recportal.records.querysets import reach_of
from recportal.staff.base import StaffAdmin
from recportal.staff.filters import ChoiceFilter
from recportal.staff.site import site


@admin.register(Mail, site=site)
class MailAdmin(StaffAdmin):
    """Mails: superusers see all of them, managers the invitations of their communities."""

    list_display = (
        "address",
        "template",
        "state",
        "attempts",
        "created_at",
        "next_try",
        "expires_at",
        "reason",
    )
    list_filter = (("state", ChoiceFilter), ("template", ChoiceFilter))
    search_fields = ("address", "message_id")
    search_help_text = _("E-mail address or Message-ID")
    ordering = ("-pk",)
    actions = ("try_again",)
    nothing_yet = _("No mail was written yet.")
    fields = (
        "address", "template", "language", "state", "attempts", "created_at", "next_try", "expires_at",
        "finished_at", "message_id", "reason",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        mails = Mail.objects.defer("parameters").order_by(*self.ordering)
        if request.user.is_active and request.user.is_superuser:
            return mails
        managed = Community.objects.staffed_by(request.user, Level.MANAGER).values("pk")
        return mails.filter(invitation__member__community__in=managed)

    def has_view_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        # Which of them is the business of the queryset: what is not in there is not found.
        return reach_of(request.user).allows_somewhere(Level.MANAGER)

    has_module_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    @admin.display(description=_("next try at"), ordering="next_try_at")
    def next_try(self, mail: Mail) -> str:
        # In words: Django's own page of one record shows the moment of a method as Python writes it.
        due = mail.next_try_at if mail.state == Mail.State.WAITING else None
        return display_for_value(due, self.get_empty_value_display())

    @admin.display(description=_("fault"))
    def reason(self, mail: Mail) -> str:
        if mail.fault == UNREADABLE:
            return gettext("The secret key was changed: what the mail says cannot be read any more.")
        return mail.fault

    @admin.action(description=_("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        now = timezone.now()
        chosen = Mail.objects.filter(pk__in=queryset.values("pk"))
        failed = chosen.filter(state=Mail.State.FAILED, expires_at__gt=now).exclude(parameters="")
        count = failed.update(state=Mail.State.WAITING, next_try_at=now, finished_at=None)
        left = queryset.count() - count
        if count:
            text = ngettext("%(count)s mail is tried again.", "%(count)s mails are tried again.", count)
            messages.success(request, text % {"count": count})
        if left:
            text = ngettext(
                "%(count)s mail was skipped: it has not failed, or it has expired.",
                "%(count)s mails were skipped: they have not failed, or they have expired.",
                left,
            )
            messages.warning(request, text % {"count": left})
