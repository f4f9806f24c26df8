"""The app of Django. It opens nothing."""

from __future__ import annotations

from django.apps import AppConfig


class StasteConfig(AppConfig):
    """Counts, and shows what was counted."""

    name = "staste"
    verbose_name = "Staste"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from django.core.signals import setting_changed

        from staste import checks, middleware  # noqa: F401

        def forget(*, setting: str, **_: object) -> None:
            if setting.startswith("STASTE"):
                middleware.metrica.cache_clear()

        setting_changed.connect(forget, weak=False)
