"""A link to the dashboard in the admin, for whoever may look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

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
        """Go to the dashboard."""
        try:
            return redirect(reverse("staste:dashboard"))
        except NoReverseMatch:
            raise Http404('the dashboard is nowhere: add path("stats/", include("staste.urls")) to the urls') from None
