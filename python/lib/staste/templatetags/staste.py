"""Template tags: `{% load staste %}`, `{% staste_chart guests "pie" axis="gender" %}`, `{% staste_total guests %}`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from staste import _staste
from staste.charts.views import ChartSpec
from staste.errors import Error

if TYPE_CHECKING:
    from staste.metrica import Metrica

log = logging.getLogger("staste")

register = template.Library()


@register.simple_tag
def staste_chart(
    metrica: Metrica, kind: str = "pie", axis: str | None = None, title: str | None = None, query: str = "last=7d"
) -> SafeString:
    """Return a chart as HTML: `{% staste_chart guests "pie" axis="gender" query="last=30d" %}`.

    `kind` is `pie`, `timeline`, `timeserie` or `latest`. The chart shows whatever `query` names, so never pass the
    query of a visitor. If the store cannot be read, the tag returns a message and logs the error.

    Raises `TypeError` for an unknown axis or kind, and `ValueError` for an invalid query.
    """
    try:
        chart = _staste.render_chart(metrica, ChartSpec(kind, axis, title, query), "")
    except Error as error:
        if isinstance(error, (TypeError, ValueError)):
            raise
        log.error("could not show a chart: %s", error)
        return format_html('<p class="staste-gone">{}</p>', "The counters cannot be read at the moment.")
    return mark_safe(chart.figure)  # noqa: S308


@register.simple_tag
def staste_style() -> SafeString:
    """Return the style sheet of charts, which each page with charts needs once: `<style>{% staste_style %}</style>`."""
    return mark_safe(_staste.chart_style_sheet())  # noqa: S308


@register.simple_tag
def staste_total(metrica: Metrica, **choices: Any) -> Any:
    """Return the total of some choices: `{% staste_total guests gender="girl" %}`.

    If the store cannot be read, the tag returns an empty text and logs the error.

    Raises `TypeError` for an unknown axis, and `ValueError` for an undeclared choice.
    """
    try:
        return metrica.filter(**choices).total()
    except Error as error:
        if isinstance(error, (TypeError, ValueError)):
            raise
        log.error("could not show a total: %s", error)
        return ""
