"""A link to the dashboard in the admin, for whoever may look, and warnings of what was lost while counting."""

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
from staste.urls import may_look

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Dashboard]
else:
    _Admin = admin.ModelAdmin


@admin.register(Dashboard)
class DashboardAdmin(_Admin):
    """Leads to the dashboard."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the link is there."""
        return may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether it leads anywhere."""
        return may_look(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It shows what is counted."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It stays."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Go to the dashboard, and leave warnings for the next page of the admin."""
        if may_look(request):
            _warn(request)
        try:
            return redirect(reverse("staste:dashboard"))
        except NoReverseMatch:
            raise Http404('the dashboard is nowhere: add path("stats/", include("staste.urls")) to the urls') from None


def _warn(request: HttpRequest) -> None:
    """Add a message for each trouble, unless it waits to be shown already."""
    try:
        troubles = staste.troubles(timeout=2)
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # The dashboard reports it.
        return
    waiting = messages.get_messages(request)
    known = {str(message) for message in waiting}
    if isinstance(waiting, BaseStorage):
        # They were looked at, not shown.
        waiting.used = False
    for trouble in troubles:
        text = f"Counting: {trouble}" + (f"; {trouble.reported}" if trouble.reported else "")
        if text not in known:
            messages.warning(request, text, fail_silently=True)
