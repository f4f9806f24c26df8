"""Tags for templates: `{% load staste %}`, `{% staste_chart guests "pie" axis="gender" %}`, `{% staste_total guests %}`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from staste import _staste
from staste.charts.views import Given
from staste.errors import Error

if TYPE_CHECKING:
    from staste.metrica import Metrica

log = logging.getLogger("staste")

register = template.Library()


@register.simple_tag
def staste_chart(
    metrica: Metrica, kind: str = "pie", axis: str | None = None, title: str | None = None, query: str = "last=7d"
) -> SafeString:
    """Show a chart: `pie`, `timeline`, `timeserie` or `latest`. A store that is gone does not break the page.

    The query is the author's, and shows whatever it names: do not put a visitor's into it.
    """
    try:
        _, figure, _ = _staste.figure(metrica, Given(kind, axis, title, query), "")
    except (Error, TypeError) as error:
        if isinstance(error, TypeError) or isinstance(error, ValueError):
            raise
        log.error("a chart could not be shown: %s", error)
        return format_html('<p class="staste-gone">{}</p>', "The counters cannot be read at the moment.")
    return mark_safe(figure)  # noqa: S308


@register.simple_tag
def staste_style() -> SafeString:
    """Give the style sheet that charts need, once a page: `<style>{% staste_style %}</style>`."""
    return mark_safe(_staste.style_sheet(False))  # noqa: S308


@register.simple_tag
def staste_total(metrica: Metrica, **choices: Any) -> Any:
    """Show the total of these choices: `{% staste_total guests gender="girl" %}`; nothing where the store is gone."""
    try:
        return metrica.filter(**choices).total()
    except Error as error:
        if isinstance(error, (TypeError, ValueError)):
            raise
        log.error("a total could not be shown: %s", error)
        return ""
