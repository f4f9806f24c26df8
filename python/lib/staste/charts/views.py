"""Charts of metricas as class-based Django views, with the attributes and GET parameters of 2011.

    PieChart.as_view(metrica=guests, axis_keyword="gender", axes=["age"], periods=["30d", "year", "month"])

Visitors choose by GET parameters what the author lists, under the names of 2011 (`show_axis`, `timespan__year`,
`timescale`) or those of the dashboard (`axis`, `last=30d`, `filter=gender=girl`). Any other choice gets status 400, and
the response names it. `?format=svg`, `json` and `csv` return the picture and its numbers.
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

TIMESPAN_PARTS = ("year", "month", "day", "hour", "minute")


class ChartSpec(NamedTuple):
    """The attributes of a chart that its author sets."""

    kind: str
    """`"pie"`, `"timeline"`, `"timeserie"` or `"latest"`."""
    axis: str | None
    """The keyword of the axis; None for the first one."""
    title: str | None
    """The title; None for a description of what the chart shows."""
    query: str
    """The parameters of the chart, such as `"last=30d&filter=gender=girl"`."""
    offer: _staste.Offer | None = None
    """The parameters that visitors may choose; None for none."""


class Chart(TemplateView):
    """Base class of charts. Visitors may choose only what the lists name."""

    metrica: Metrica | None = None
    """The metrica. It is required."""
    axis_keyword: str | None = None
    """The keyword of the axis; None for the first one."""
    title: str | None = None
    """The title; None for a description of what the chart shows."""
    kind = ""
    """`"pie"`, `"timeline"`, `"timeserie"` or `"latest"`."""
    query = ""
    """The parameters of the chart, such as `"last=30d&filter=gender=girl"`. Visitors can see all that they name."""
    axes: Sequence[str] = ()
    """Other axes that visitors may choose by `axis` or `show_axis`."""
    filters: Sequence[str] = ()
    """Axes of which visitors may choose a choice by `filter` or `view`."""
    periods: Sequence[str] = ()
    """Timespans that visitors may choose: such as `"7d"`, `"ever"`, `"month"` for any month, or `"any"`."""
    scales: Sequence[str] | None = None
    """Scales that visitors may choose; None for those that the chart has by default."""
    formats: Sequence[str] | None = None
    """File formats that visitors may choose, out of `"svg"`, `"json"` and `"csv"`; None for all of them."""
    measures: Sequence[str] = ()
    """Measures of an averaged metrica that visitors may choose by `show`: `"total"`, `"count"` and `"average"`."""
    comparison = False
    """Whether visitors may compare with the previous timespan by `compare=before`."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponse]:
        """Return the view, for use in `urlpatterns`.

        Raises `TypeError` for an unknown attribute, and for an invalid period, scale, format or measure.
        """
        view = super().as_view(**initkwargs)
        cls(**initkwargs).spec()
        return view

    def spec(self) -> ChartSpec:
        """Return the attributes of the chart in the form that the extension takes."""
        offer = _staste.Offer(
            axes=self.axes,
            filters=self.filters,
            periods=self.periods,
            scales=self.scales,
            formats=self.formats,
            measures=self.measures,
            comparison=self.comparison,
        )
        return ChartSpec(self.kind, self.axis_keyword, self.title, self.query, offer)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the chart as a page, or as a file in the format that the parameter `format` names.

        The status is 400 for parameters that are invalid or that visitors may not choose, 410 for data that is no
        longer kept, and 503 if the store cannot be read.
        """
        from staste.urls import django_response

        if request.GET.get("format", "html") == "html":
            try:
                return super().get(request, *args, **kwargs)
            except NotRetained as error:
                return HttpResponse(str(error), status=410, content_type="text/plain; charset=utf-8")
            except (InputError, AxisError) as error:
                return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
            except Unavailable as error:
                log.error("could not show a chart: %s", error)
                message = "The counters cannot be read at the moment.\n"
                return HttpResponse(message, status=503, content_type="text/plain; charset=utf-8")
        method, full_path = request.method or "GET", request.get_full_path()
        if_none_match = request.headers.get("If-None-Match")
        return django_response(
            _staste.answer_chart(self.required_metrica, self.spec(), method, full_path, if_none_match)
        )

    @cached_property
    def required_metrica(self) -> Metrica:
        """The metrica. Raises `TypeError` if it is not set."""
        if self.metrica is None:
            name = type(self).__name__
            raise TypeError(f"{name} has no metrica: set one, as in {name}.as_view(metrica=guests)")
        return self.metrica

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the template.

        It has `title`, `figure`, `controls` and `style` as HTML, and `metrica` and `axis` as in 2011.
        """
        context = super().get_context_data(**kwargs)
        # This rejects parameters that are not offered, before `axis.data` reads the same parameters.
        chart = _staste.render_chart(self.required_metrica, self.spec(), self.request.GET.urlencode())
        # The extension escapes all names that were counted.
        context["figure"] = mark_safe(chart.figure)  # noqa: S308
        context["controls"] = mark_safe(chart.controls)  # noqa: S308
        context["style"] = mark_safe(_staste.page_style_sheet())  # noqa: S308
        context["title"] = chart.title
        context["metrica"] = self.required_metrica
        context["axis"] = AxisData(self)
        return context

    def view_of_timespan(self) -> _staste.View:
        """Return a view of the timespan that the parameters `timespan__year` and so on name."""
        values = {part: self.request.GET.get(f"timespan__{part}") for part in TIMESPAN_PARTS}
        parts = {part: int(value) for part, value in values.items() if value}
        view = self.required_metrica.values()
        return view.timespan(**parts) if parts else view

    def data(self) -> Any:
        """Return the numbers of the chart in the form of 2011."""
        raise NotImplementedError


class AxisData:
    """The axis of a chart for templates of 2011. The store is read only if the template uses `data`."""

    def __init__(self, chart: Chart) -> None:
        """Create the axis of a chart."""
        self.chart = chart

    @property
    def name(self) -> str | None:
        """The keyword of the axis; None if the metrica has no axes."""
        axes = [name for name, _ in self.chart.required_metrica.axes]
        shown = self.chart.request.GET.get("show_axis") or self.chart.axis_keyword
        return shown or (axes[0] if axes else None)

    @property
    def data(self) -> Any:
        """The numbers of the chart."""
        return self.chart.data()


class PieChart(Chart):
    """The shares of the choices of an axis: of `axis_keyword`, or of the first one."""

    kind = "pie"
    template_name = "staste/charts/pie.html"

    def data(self) -> Any:
        """Return pairs of choice and total."""
        return self.view_of_timespan().iterate(AxisData(self).name)


class TimelineChart(Chart):
    """Totals by the next finer calendar periods: the months of a year, the days of a month and so on."""

    kind = "timeline"
    template_name = "staste/charts/timeline.html"

    def data(self) -> Any:
        """Return pairs of period number and total."""
        return self.view_of_timespan().iterate()


class TimeserieChart(Chart):
    """A line for each choice of an axis, and one for the total.

    The parameters of 2011 work: `show_axis`, `timescale` (`day`, `hour` or `minute`), `day__ago`, `hour__ago` and
    `minute__ago`, which are added up, `hide_total` and `clean_date`.
    """

    kind = "timeserie"
    template_name = "staste/charts/timeserie.html"

    def data(self) -> Any:
        """Return a dict of choices with their series."""
        scale = self.request.GET.get("timescale", "hour")
        units = ("day", "hour", "minute")
        ago = {unit: int(self.request.GET.get(f"{unit}__ago") or 0) for unit in units}
        if not any(ago.values()):
            ago[scale] = 5
        until = self.required_metrica.now().replace(second=0)
        since = until - datetime.timedelta(**{f"{unit}s": count for unit, count in ago.items()})
        axis = AxisData(self).name
        if axis is None:
            return {}
        view = self.required_metrica.values()
        return {
            choice: view.filter(**{axis: choice}).timeserie(since, until, scale)
            for choice in self.required_metrica.choices(axis)
        }


class LatestCountAndAverageChart(Chart):
    """Counts as bars and averages as a line: of the last 30 minutes, or with `scale=hour` of the last two days."""

    title = "Counts and Averages"
    kind = "latest"
    template_name = "staste/charts/latest.html"

    def data(self) -> Any:
        """Return a series of counts and averages."""
        is_hourly = self.request.GET.get("scale") == "hour"
        until = self.required_metrica.now().replace(second=0)
        since = until - (datetime.timedelta(days=2) if is_hourly else datetime.timedelta(minutes=30))
        view = self.required_metrica.filter(view=self.request.GET.get("view") or None)
        return view.timeserie_counts_and_averages(since, until, "hour" if is_hourly else "minute")
