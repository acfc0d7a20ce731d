"""A page that crashes, to prove that the tests would see it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def crash(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [path("crash/", crash)]
