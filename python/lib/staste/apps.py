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
        from staste import checks  # noqa: F401
