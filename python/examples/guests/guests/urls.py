"""The page, single charts, and the dashboard."""

from django.urls import include, path

from guests import views
from guests.metricas import guests_metrica
from staste.charts.views import PieChart, TimelineChart, TimeserieChart

urlpatterns = [
    path("", views.front, name="front"),
    path("count", views.count, name="count"),
    path("pie", PieChart.as_view(metrica=guests_metrica, axis_keyword="gender"), name="pie"),
    path("timeline", TimelineChart.as_view(metrica=guests_metrica), name="timeline"),
    path("timeserie", TimeserieChart.as_view(metrica=guests_metrica, axes=["gender", "age"]), name="timeserie"),
    path("stats/", include("staste.urls")),
]
