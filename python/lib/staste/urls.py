"""The dashboard in a site of Django: `path("stats/", include("staste.urls"))`.

Staff alone may look, unless `STASTE["MAY_LOOK"]` names a function of the request, or is `"everybody"`.
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
from staste import _django, _staste

if TYPE_CHECKING:
    from django.http import HttpRequest

log = logging.getLogger("staste")

app_name = "staste"


@xframe_options_exempt
@require_safe
def dashboard(request: HttpRequest, rest: str = "", **_: Any) -> HttpResponse:
    """Answer with a page of the dashboard. Who may not look is asked to log in, or told so."""
    if not may_look(request):
        return _turned_away(request)
    address = request.get_full_path()
    whole, below = address.partition("?")[0], escape_uri_path(rest)
    base = whole[: len(whole) - len(below)].rstrip("/") if below and whole.endswith(below) else whole.rstrip("/")
    ancestors = _django.setting("FRAME_ANCESTORS", "'self'")
    web = _staste.Web(staste.store(), base, ancestors)
    known = request.headers.get("If-None-Match")
    return response(web.answer(request.method or "GET", address, known))


def may_look(request: HttpRequest) -> bool:
    """Tell whether somebody may look at what is counted."""
    allowed = _django.setting("MAY_LOOK")
    if allowed == "everybody":
        return True
    if allowed is not None:
        decide: Callable[[Any], bool] = import_string(allowed) if isinstance(allowed, str) else allowed
        decided = decide(request)
        if inspect.iscoroutine(decided):
            decided.close()
            raise ImproperlyConfigured("STASTE['MAY_LOOK'] is asynchronous, and whoever it is asked of has to wait: make it plain")
        return bool(decided)
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_active and user.is_staff)


def response(answer: tuple[int, list[tuple[str, str]], bytes, str | None]) -> HttpResponse:
    """Make a response of Django of an answer."""
    status, headers, body, cause = answer
    if cause is not None:
        log.error("a page could not be shown: %s", cause)
    made = HttpResponse(body, status=status)
    del made.headers["Content-Type"]
    for name, value in headers:
        made.headers[name] = value
    return made


def _turned_away(request: HttpRequest) -> HttpResponse:
    user = getattr(request, "user", None)
    if user is not None and not user.is_authenticated:
        from django.contrib.auth.views import redirect_to_login

        try:
            return redirect_to_login(request.get_full_path(), _login())
        except Exception:  # Nowhere to log in: there is no page of it.
            log.debug("there is no page to log in", exc_info=True)
    raise PermissionDenied("the counts are for staff alone")


def _login() -> str:
    from django.conf import settings
    from django.shortcuts import resolve_url
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse("admin:login")
    except NoReverseMatch:
        return resolve_url(settings.LOGIN_URL)


urlpatterns = [path("", dashboard, name="dashboard"), re_path(r"^(?P<rest>.+)$", dashboard, name="page")]
