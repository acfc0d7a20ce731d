"""The routes of the identity provider, in place of allauth's: ours trust no answer's shape."""

from typing import Any

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from requests import RequestException

from .provider import Adapter


class CallbackView(OAuth2CallbackView):  # type: ignore[misc]  # allauth ships no types
    """Where the provider sends people back to."""

    def dispatch(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().dispatch(request, *args, **options)
        except (OAuth2Error, RequestException) as error:  # from before allauth listens for them
            answer = render_authentication_error(request, self.adapter.get_provider(), exception=error)
        return answer


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _answer(OAuth2LoginView, request, provider_id)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _answer(CallbackView, request, provider_id)


def _answer(view: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    try:
        answer: HttpResponseBase = view.adapter_view(Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer


urlpatterns = [
    path("oidc/<provider_id>/login/", login, name="openid_connect_login"),
    path("oidc/<provider_id>/login/callback/", callback, name="openid_connect_callback"),
]
