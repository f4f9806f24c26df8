"""The Django app. Loading it opens nothing."""

from __future__ import annotations

from django.apps import AppConfig


class StasteConfig(AppConfig):
    """The configuration of the app."""

    name = "staste"
    verbose_name = "Staste"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and follow changes of settings in tests."""
        from django.core.signals import setting_changed

        from staste import checks, middleware  # noqa: F401

        def forget_metrica(*, setting: str, **_: object) -> None:
            if setting.startswith("STASTE"):
                middleware.request_metrica.cache_clear()

        setting_changed.connect(forget_metrica, weak=False)
