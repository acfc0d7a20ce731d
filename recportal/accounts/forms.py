"""allauth's forms, where ours differ."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm


class PasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Changes the password. The old one is checked where all are: allauth's own form knows no limit."""

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password
