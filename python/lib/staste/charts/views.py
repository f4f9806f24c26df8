"""Charts of metricas as class-based views of Django, with the attributes and GET parameters of 2011.

    PieChart.as_view(metrica=guests, axis_keyword="gender", axes=["age"], periods=["30d", "year", "month"])

A visitor chooses by the query what the author lists, by the names of 2011 (`show_axis`, `timespan__year`, `timescale`) or
by those of the dashboard (`axis`, `last=30d`, `filter=gender=girl`); anything else is answered by 400, which says what is
not offered. `?format=svg`, `json` and `csv` give the picture and its numbers.
"""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpResponse
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.views.generic import TemplateView

from staste import _staste
from staste.errors import AxisError, InputError, NotRetained, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

    from staste.metrica import Metrica

log = logging.getLogger("staste")

PARTS = ("year", "month", "day", "hour", "minute")


class Given(NamedTuple):
    """What the author of a chart gives. Without an offer, visitors may choose nothing."""

    kind: str
    axis: str | None
    title: str | None
    query: str
    offer: _staste.Offer | None = None


class Chart(TemplateView):
    """A chart of a metrica. Visitors may choose what is listed, and nothing else."""

    metrica: Metrica | None = None
    axis_keyword: str | None = None
    title: str | None = None
    kind = ""
    #: What is shown unless a visitor chooses otherwise, such as `"last=30d&filter=gender=girl"`: all of it may be shown.
    query = ""
    #: Axes next to `axis_keyword`, by `show_axis`.
    axes: Sequence[str] = ()
    #: Axes that may be narrowed to any of their choices, by `filter` or `view`.
    filters: Sequence[str] = ()
    #: Timespans: such as `"7d"`, `"ever"`, `"month"` for any month, `"any"`.
    periods: Sequence[str] = ()
    #: Scales in place of those of the chart.
    scales: Sequence[str] | None = None
    #: Formats next to the page: `"svg"`, `"json"` and `"csv"` are all of them, which are there unless some are listed.
    formats: Sequence[str] | None = None
    #: Numbers of an averaged metrica, by `show`: `"total"`, `"count"` and `"average"`.
    measures: Sequence[str] = ()
    #: The comparison with the timespan before, by `compare=before`.
    comparison = False

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponse]:
        """Make the view. What is listed wrongly raises here, where the site is put together."""
        view = super().as_view(**initkwargs)
        cls(**initkwargs).given()
        return view

    def given(self) -> Given:
        """Give what the author chose, and what visitors may."""
        offer = _staste.Offer(
            axes=self.axes,
            filters=self.filters,
            periods=self.periods,
            scales=self.scales,
            formats=self.formats,
            measures=self.measures,
            comparison=self.comparison,
        )
        return Given(self.kind, self.axis_keyword, self.title, self.query, offer)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the chart as a page, or as the file that `format` names."""
        from staste.urls import response

        form = request.GET.get("format", "html")
        if form == "html":
            try:
                return super().get(request, *args, **kwargs)
            except NotRetained as error:
                return HttpResponse(str(error), status=410, content_type="text/plain; charset=utf-8")
            except (InputError, AxisError) as error:
                return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
            except Unavailable as error:
                log.error("a chart could not be shown: %s", error)
                words = "The counters cannot be read at the moment.\n"
                return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")
        known = request.headers.get("If-None-Match")
        method, address = request.method or "GET", request.get_full_path()
        return response(
            _staste.answer_chart(self.counted, self.given(), method, address, known)
        )

    @cached_property
    def counted(self) -> Metrica:
        """Give the metrica."""
        if self.metrica is None:
            raise TypeError(f"{type(self).__name__} has no metrica: {type(self).__name__}.as_view(metrica=...)")
        return self.metrica

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figure, its title and the style that it needs; and the numbers as the templates of 2011 have them."""
        context = super().get_context_data(**kwargs)
        # It refuses what is not offered, before the numbers of `axis` are read by the same parameters.
        title, figure, controls = _staste.figure(self.counted, self.given(), self.request.GET.urlencode())
        # Made by ourselves, where everything that was counted is escaped.
        context["figure"] = mark_safe(figure)  # noqa: S308
        context["controls"] = mark_safe(controls)  # noqa: S308
        context["style"] = mark_safe(_staste.style_sheet(True))  # noqa: S308
        context["title"] = title
        context["metrica"] = self.counted
        context["axis"] = AxisData(self)
        return context

    def narrowed(self) -> _staste.View:
        """Give what is counted in the timespan that the request names."""
        parts = {part: self.request.GET.get(f"timespan__{part}") for part in PARTS}
        given = {part: int(value) for part, value in parts.items() if value}
        view = self.counted.values()
        return view.timespan(**given) if given else view

    def data(self) -> Any:
        """Give the numbers."""
        raise NotImplementedError


class AxisData:
    """An axis with its numbers, asked for where a template shows them."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    @property
    def name(self) -> str | None:
        """Give the name of the axis."""
        axes = [name for name, _ in self.chart.counted.axes]
        shown = self.chart.request.GET.get("show_axis") or self.chart.axis_keyword
        return shown or (axes[0] if axes else None)

    @property
    def data(self) -> Any:
        """Give the numbers."""
        return self.chart.data()


class PieChart(Chart):
    """The shares of the choices of an axis: `axis_keyword`, or the first."""

    kind = "pie"
    template_name = "staste/charts/pie.html"

    def data(self) -> Any:
        """Give the choices with their totals."""
        return self.narrowed().iterate(AxisData(self).name)


class TimelineChart(Chart):
    """The periods of the next finer scale."""

    kind = "timeline"
    template_name = "staste/charts/timeline.html"

    def data(self) -> Any:
        """Give the periods with their totals."""
        return self.narrowed().iterate()


class TimeserieChart(Chart):
    """A line for each choice of an axis, and one for the total.

    `show_axis`, `timescale` (`day`, `hour` or `minute`), `day__ago`, `hour__ago` and `minute__ago`, which are added up,
    `hide_total` and `clean_date` are those of 2011.
    """

    kind = "timeserie"
    template_name = "staste/charts/timeserie.html"

    def data(self) -> Any:
        """Give the choices with their series."""
        scale = self.request.GET.get("timescale", "hour")
        units = ("day", "hour", "minute")
        ago = {unit: int(self.request.GET.get(f"{unit}__ago") or 0) for unit in units}
        if not any(ago.values()):
            ago[scale] = 5
        until = self.counted.now().replace(second=0)
        since = until - datetime.timedelta(**{f"{unit}s": count for unit, count in ago.items()})
        axis = AxisData(self).name
        if axis is None:
            return {}
        view = self.counted.values()
        return {
            choice: view.filter(**{axis: choice}).timeserie(since, until, scale)
            for choice in self.counted.choices(axis)
        }


class LatestCountAndAverageChart(Chart):
    """Counts as bars and averages as a line, of the last half an hour, or with `scale=hour` of two days."""

    title = "Counts and Averages"
    kind = "latest"
    template_name = "staste/charts/latest.html"

    def data(self) -> Any:
        """Give the series of counts and averages."""
        hours = self.request.GET.get("scale") == "hour"
        until = self.counted.now().replace(second=0)
        since = until - (datetime.timedelta(days=2) if hours else datetime.timedelta(minutes=30))
        view = self.counted.filter(view=self.request.GET.get("view") or None)
        return view.timeserie_counts_and_averages(since, until, "hour" if hours else "minute")
