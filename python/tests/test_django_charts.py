"""Charts as Django views."""

import pytest
from django.test import Client

from django_site import GUESTS, LATEST
from staste.charts.views import PieChart


def test_charts_have_the_attributes_and_parameters_of_2011():
    now = GUESTS.now()
    for gender, age in [("girl", 18), ("girl", 19), ("boy", 19)]:
        GUESTS.kick(gender=gender, age=age)
    client = Client()
    pie = client.get("/pie").content.decode()
    assert "<svg" in pie and "girl" in pie and "66.7%" in pie
    assert client.get(f"/pie?timespan__year={now.year - 1}").content.decode().count("66.7%") == 0
    year = client.get(f"/pie?timespan__year={now.year}")
    assert year.context["axis"].name == "gender" and sorted(year.context["axis"].data) == [("boy", 1), ("girl", 2)]
    timeline = client.get(f"/timeline?timespan__year={now.year}&timespan__month={now.month}")
    assert dict(timeline.context["axis"].data)[now.day] == 3
    page = client.get("/timeserie?hide_total=1").content.decode()
    assert 'href="?hide_total=1&amp;show_axis=age"' in page and "timescale=day" in page
    assert '<select name="view">' in client.get("/latest").content.decode()
    lines = client.get("/timeserie?show_axis=age&timescale=hour&hour__ago=3&hide_total=1&clean_date=1")
    assert "hrs ago" in lines.content.decode()
    data = lines.context["axis"].data
    assert set(data) == {"18", "19"} and len(data["18"]) in (3, 4)
    latest = client.get("/latest?scale=hour")
    assert "Counts and Averages" in latest.content.decode() and len(latest.context["axis"].data) in (48, 49)
    assert client.get("/pie?format=svg")["Content-Type"] == "image/svg+xml"
    assert b"girl,2" in client.get("/pie?format=csv").content


def test_chart_without_metrica_raises_type_error():
    with pytest.raises(TypeError, match="metrica=..."):
        Client().get("/none")


def test_chart_with_invalid_parameter_returns_400():
    client = Client()
    for wrong in ["last=abc", "timespan__month=2", "timespan__year=abc", "filter=nope=1", "filter=gender=dog"]:
        assert client.get(f"/pie?{wrong}").status_code == 400, wrong
    for wrong in ["show_axis=nope", "timescale=century", "day__ago=abc"]:
        assert client.get(f"/timeserie?{wrong}").status_code == 400, wrong


@pytest.mark.parametrize(
    ("address", "rejected"),
    [
        ("pie", None),
        ("pie?axis=gender&format=csv", None),
        ("pie?format=svg&theme=dark&utm_source=x", None),
        ("pie?show_axis=age", "axis=age"),
        ("pie?show_axis=age&show_axis=gender", "axis=age"),
        ("pie?axis=age&format=csv&last=ever", "axis=age"),
        ("pie?axis=nope", "axis=nope"),
        ("pie?split=age", "split=age"),
        ("pie?filter=gender=girl", "filter=gender=girl"),
        ("pie?filter=age=18&format=json", "filter=age=18"),
        ("pie?gender=girl", "gender=girl"),
        ("pie?last=30d", "last=30d"),
        ("pie?timespan__year=2026", "year=2026"),
        ("pie?since=2026-01-01&format=svg", "since=2026-01-01"),
        ("pie?pivot=gender,age", "pivot=gender,age"),
        ("timeline", None),
        ("timeline?split=age", "split=age"),
        ("timeline?scale=minute&format=csv", "scale=minute"),
        ("timeline?compare=before", "compare=before"),
        ("timeserie?timescale=day&hide_total=1&clean_date=1", None),
        ("timeserie?timescale=day&day__ago=300", "last=300d"),
        ("timeserie?show_axis=age", "axis=age"),
        ("latest?scale=hour", None),
        ("latest?view=front", "filter=view=front"),
        ("latest?scale=day", "scale=day"),
        ("girls?format=csv", None),
        ("girls?filter=gender=girl", None),
        ("girls?filter=gender=boy", "filter=gender=boy"),
        ("girls?format=json", "format=json"),
    ],
)
def test_chart_returns_only_what_its_author_offers(address, rejected):
    GUESTS.kick(gender="girl", age="ancient")
    LATEST.kick(view="front")
    response = Client().get(f"/public/{address}")
    text = response.content.decode()
    if rejected is None:
        assert response.status_code == 200 and "ancient" not in text, text
        assert "show_axis=age" not in text and "<select" not in text
    else:
        assert response.status_code == 400, text
        assert f"{rejected} is not offered by this chart" in text


def test_chart_with_invalid_offer_raises_when_urls_are_loaded():
    for wrong, words in [
        ({"periods": ["fortnight"]}, "fortnight"),
        ({"formats": ["png"]}, "html, svg, json, csv"),
        ({"scales": ["eon"]}, "eon"),
        ({"axes": "age"}, "str"),
    ]:
        with pytest.raises(TypeError, match=words):
            PieChart.as_view(metrica=GUESTS, **wrong)
