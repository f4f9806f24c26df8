"""The Django app. Loading it opens nothing."""

from __future__ import annotations

from django.apps import AppConfig


class StasteConfig(AppConfig):
    """The configuration of the app."""

    name = "staste"
    verbose_name = "Staste"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, follow changes of settings, and watch for tests of the site."""
        from django.core.signals import setting_changed

        from staste import (
            _django_tests,
            _staste,
            checks,  # noqa: F401
            middleware,
        )

        def forget_setting(*, setting: str, **_: object) -> None:
            if setting.startswith("STASTE"):
                middleware.request_metrica.cache_clear()
            elif setting == "TIME_ZONE":
                _staste.default_store_changed()

        setting_changed.connect(forget_setting, weak=False)
        # Points that were bound while modules were imported do not know the time zone of the settings yet.
        _staste.default_store_changed()
        _django_tests.watch()
