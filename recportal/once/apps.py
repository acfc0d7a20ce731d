from django.apps import AppConfig


class OnceConfig(AppConfig):
    name = "recportal.once"
    label = "once"

    def ready(self) -> None:
        from recportal.jobs.worker import register_sweep

        from .submissions import delete_old

        register_sweep(delete_old)
