"""URLs of the dashboard for a Django site: `path("stats/", include("staste.urls"))`.

Only staff may view it, unless `STASTE["DASHBOARD_ACCESS"]` is a function of the request or `"everybody"`.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpResponse
from django.urls import path, re_path
from django.utils.encoding import escape_uri_path
from django.utils.module_loading import import_string
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

import staste
from staste import _django_settings, _staste

if TYPE_CHECKING:
    from django.http import HttpRequest

log = logging.getLogger("staste")

app_name = "staste"


@xframe_options_exempt
@require_safe
def dashboard(request: HttpRequest, rest: str = "", **_: Any) -> HttpResponse:
    """Return a page of the dashboard, or a redirect to log in.

    Raises `PermissionDenied` for a user who is logged in and may not view it.
    """
    if not can_view_dashboard(request):
        return _redirect_to_login(request)
    full_path = request.get_full_path()
    whole, below = full_path.partition("?")[0], escape_uri_path(rest)
    base = whole[: len(whole) - len(below)].rstrip("/") if below and whole.endswith(below) else whole.rstrip("/")
    frame_ancestors = _django_settings.setting("FRAME_ANCESTORS", "'self'")
    web = _staste.Web(staste.store(), base, frame_ancestors)
    return django_response(web.answer(request.method or "GET", full_path, request.headers.get("If-None-Match")))


def can_view_dashboard(request: HttpRequest) -> bool:
    """Return whether the request may view the dashboard: by `STASTE["DASHBOARD_ACCESS"]`, otherwise for staff.

    Raises `ImproperlyConfigured` if the function of the setting is async.
    """
    access = _django_settings.setting("DASHBOARD_ACCESS")
    if access == "everybody":
        return True
    if access is not None:
        is_allowed: Callable[[Any], bool] = import_string(access) if isinstance(access, str) else access
        allowed = is_allowed(request)
        if inspect.iscoroutine(allowed):
            allowed.close()
            raise ImproperlyConfigured(
                "STASTE['DASHBOARD_ACCESS'] is an async function: use a plain one, since it is called synchronously"
            )
        return bool(allowed)
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_active and user.is_staff)


def django_response(response: _staste.Response) -> HttpResponse:
    """Return a response of the extension as a Django response, and log the error of the store if there is one."""
    if response.store_error is not None:
        log.error("could not show a page: %s", response.store_error)
    converted = HttpResponse(response.body, status=response.status)
    del converted.headers["Content-Type"]
    for name, value in response.headers:
        converted.headers[name] = value
    return converted


def _redirect_to_login(request: HttpRequest) -> HttpResponse:
    """Redirect to the login page. Raises `PermissionDenied` if the user is logged in, or there is no login page."""
    user = getattr(request, "user", None)
    if user is not None and not user.is_authenticated:
        from django.contrib.auth.views import redirect_to_login

        try:
            return redirect_to_login(request.get_full_path(), _login_url())
        except Exception:
            log.debug("the site has no login page", exc_info=True)
    raise PermissionDenied("only staff may view the dashboard")


def _login_url() -> str:
    from django.conf import settings
    from django.shortcuts import resolve_url
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse("admin:login")
    except NoReverseMatch:
        return resolve_url(settings.LOGIN_URL)


urlpatterns = [path("", dashboard, name="dashboard"), re_path(r"^(?P<rest>.+)$", dashboard, name="page")]
