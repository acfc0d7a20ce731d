from django.apps import AppConfig


class OnceConfig(AppConfig):
    name = "recportal.once"
    label = "once"
