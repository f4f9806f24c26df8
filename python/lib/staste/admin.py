"""A link to the dashboard in the Django admin, and warnings of losses for users who may view it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.messages.storage.base import BaseStorage
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

import staste
from staste.models import Dashboard
from staste.urls import can_view_dashboard

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Dashboard]
else:
    _Admin = admin.ModelAdmin


@admin.register(Dashboard)
class DashboardAdmin(_Admin):
    """The link to the dashboard."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return whether the admin shows the link."""
        return can_view_dashboard(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may follow the link."""
        return can_view_dashboard(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: there is only one dashboard."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: the dashboard is read-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: the dashboard cannot be deleted."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the dashboard, and add warnings of losses to the next page of the admin.

        Raises `Http404` if the site does not include `staste.urls`.
        """
        if can_view_dashboard(request):
            _add_warnings(request)
        try:
            return redirect(reverse("staste:dashboard"))
        except NoReverseMatch:
            raise Http404(
                'the dashboard has no URL: add path("stats/", include("staste.urls")) to urlpatterns'
            ) from None


def _add_warnings(request: HttpRequest) -> None:
    """Add a message for each trouble, unless the same message is pending."""
    try:
        troubles = staste.troubles(timeout=2)
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # The dashboard shows the error.
        return
    pending = messages.get_messages(request)
    pending_texts = {str(message) for message in pending}
    if isinstance(pending, BaseStorage):
        # Reading marked the messages as shown.
        pending.used = False
    for trouble in troubles:
        text = f"Counting: {trouble}" + (f"; {trouble.reported}" if trouble.reported else "")
        if text not in pending_texts:
            messages.warning(request, text, fail_silently=True)
