"""A site of Django that counts, shows what it counts, and goes on when that fails."""

import asyncio
import datetime
import json
import sys

import django
import django.test.utils
import pytest
from django.conf import settings

import staste
from staste import AveragedMetrica, Axis, Metrica, StoredChoiceAxis, _default_store, _django_settings

GUESTS = Metrica("guests", [("gender", Axis(choices=["boy", "girl"])), ("age", StoredChoiceAxis())])
LATER = Metrica("later", [("what", StoredChoiceAxis())], on_commit=True)


def look(request):
    return request.headers.get("X-Look") == "yes"


if not settings.configured:
    settings.configure(
        SECRET_KEY="for tests",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF=sys.modules[__name__],
        MIDDLEWARE=[
            "staste.middleware.ResponseTimeMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "staste",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        STATIC_URL="static/",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    django.setup()
    django.test.utils.setup_test_environment()

from django.contrib import admin  # noqa: E402
from django.core.checks import run_checks  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.db import transaction  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.test import AsyncClient, Client, RequestFactory, override_settings  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.generic import View  # noqa: E402

from staste.charts.views import LatestCountAndAverageChart, PieChart, TimelineChart, TimeserieChart  # noqa: E402
from staste.middleware import request_metrica as requests  # noqa: E402

LATEST = AveragedMetrica("latest", [("view", StoredChoiceAxis())])


def front(request):
    GUESTS.kick(gender="girl", age=18)
    return HttpResponse("welcome")


async def later(request):
    await asyncio.sleep(0)
    return HttpResponse("later")


def broken(request):
    raise LookupError("a bug of the site")


class Stream(View):
    def get(self, request):
        return StreamingHttpResponse(part for part in ["a", "b", "c"])


urlpatterns = [
    path("admin/", admin.site.urls),
    path("", front),
    path("later", later),
    path("broken", broken),
    path("stream", Stream.as_view()),
    path("stats/", include("staste.urls")),
    path("\u0441\u0442\u0430\u0442/", include("staste.urls", namespace="elsewhere")),
    path("of/<int:shop>/", include("staste.urls", namespace="shop")),
    path("pie", PieChart.as_view(metrica=GUESTS, axis_keyword="gender", periods=["year"])),
    path("timeline", TimelineChart.as_view(metrica=GUESTS, periods=["month"])),
    path("timeserie", TimeserieChart.as_view(metrica=GUESTS, axes=["gender", "age"], periods=["3h"])),
    path("latest", LatestCountAndAverageChart.as_view(metrica=LATEST, filters=["view"])),
    path("public/pie", PieChart.as_view(metrica=GUESTS, axis_keyword="gender")),
    path("public/timeline", TimelineChart.as_view(metrica=GUESTS)),
    path("public/timeserie", TimeserieChart.as_view(metrica=GUESTS)),
    path("public/latest", LatestCountAndAverageChart.as_view(metrica=LATEST)),
    path("public/girls", TimelineChart.as_view(metrica=GUESTS, query="filter=gender=girl", formats=["csv"])),
    path("none", PieChart.as_view()),
]


def counted():
    """What was counted of requests, by view, method, status and exception."""
    points = dict(requests().pivot("view", "method", "status", "exception"))
    return sorted(tuple(map(str, point)) for point in points)


def test_requests_are_counted_by_what_became_of_them():
    client = Client(raise_request_exception=False)
    for address in ["/", "/nowhere/<script>", "/broken", "/later"]:
        client.get(address)
    client.post("/")
    client.generic("BREW", "/")
    here = __name__
    assert counted() == sorted(
        [
            (f"{here}.front", "GET", "2xx", "(unset)"),
            (f"{here}.front", "POST", "2xx", "(unset)"),
            (f"{here}.front", "other", "2xx", "(unset)"),
            (f"{here}.later", "GET", "2xx", "(unset)"),
            (f"{here}.broken", "GET", "5xx", "LookupError"),
            ("unmatched", "GET", "4xx", "(unset)"),
        ]
    )
    assert requests().count() == 6
    assert 0 < requests().average() < 60


def test_streams_are_counted_at_their_end():
    client = Client()
    answer = client.get("/stream")
    parts = iter(answer.streaming_content)
    next(parts)
    assert counted() == []
    assert b"".join(parts) == b"bc"
    assert counted() == [(f"{__name__}.Stream", "GET", "2xx", "(unset)")]
    answer.close()
    left = client.get("/stream")
    parts = iter(left.streaming_content)
    next(parts)
    # As servers do when nobody reads any more.
    left.close()
    assert requests().filter(exception="cancelled").count() == 1
    unread = client.get("/stream")
    unread.close()
    assert requests().count() == 3


def test_requests_are_counted_under_asgi():
    async def ask():
        client = AsyncClient(raise_request_exception=False)
        assert (await client.get("/later")).content == b"later"
        assert (await client.get("/broken")).status_code == 500

    asyncio.run(ask())
    assert [point[0].rsplit(".")[-1] for point in counted()] == ["broken", "later"]


def test_a_store_that_is_gone_breaks_no_page(tmp_path):
    staste.configure(f"sqlite:{tmp_path}/no/such/folder/guests.db")
    client = Client()
    for _ in range(20):
        assert client.get("/").content == b"welcome"
    shown = Template('{% load staste %}[{% staste_total guests %}]{% staste_chart guests "pie" %}')
    assert "cannot be read at the moment" in shown.render(Context({"guests": GUESTS}))
    with override_settings(STASTE={"DASHBOARD_ACCESS": "everybody"}):
        assert client.get("/stats/").status_code == 503
    for address in ["/pie", "/pie?format=svg", "/timeserie"]:
        assert client.get(address).status_code == 503
    _default_store.replace_default(None)
    with override_settings(STASTE={"STORE": "no address"}):
        # What is wrong with the settings is no reason to fail a request that counts nothing itself.
        assert client.get("/later").status_code == 200


def test_staff_alone_may_look_unless_the_settings_say_otherwise():
    client = Client()
    for address in ["/stats/", "/stats/m/guests"]:
        answer = client.get(address)
        assert answer.status_code == 302 and "login" in answer["Location"], "who may not look is asked who they are"
    factory = RequestFactory()

    def asked(user):
        from staste.urls import dashboard

        request = factory.get("/stats/")
        request.user = user
        return dashboard(request)

    from django.contrib.auth.models import User
    from django.core.exceptions import PermissionDenied

    assert asked(User(is_staff=True)).status_code == 200
    for user in [User(), User(is_staff=True, is_active=False)]:
        with pytest.raises(PermissionDenied):
            asked(user)
    with override_settings(STASTE={"DASHBOARD_ACCESS": look}):
        assert client.get("/stats/", headers={"X-Look": "yes"}).status_code == 200
        assert client.get("/stats/", headers={"X-Look": "no"}).status_code == 302
    assert client.post("/stats/").status_code == 405

    async def later(request):
        return False

    with override_settings(STASTE={"DASHBOARD_ACCESS": later}):
        assert Client(raise_request_exception=False).get("/stats/").status_code == 500, "nobody gets in"


@override_settings(STASTE={"DASHBOARD_ACCESS": "everybody", "FRAME_ANCESTORS": "https://example.org"})
def test_the_dashboard_is_there_whole():
    client = Client()
    client.get("/")
    overview = client.get("/stats/")
    page = overview.content.decode()
    assert "guests" in page and 'href="/stats/m/guests"' in page
    assert 'href="/stats/"' in page
    assert client.get("/%D1%81%D1%82%D0%B0%D1%82/m/guests").status_code == 200
    assert client.get("/of/7/m/guests").status_code == 200
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert style.startswith("/stats/static/")
    assert client.get(style)["Content-Type"] == "text/css; charset=utf-8"
    guests = client.get("/stats/m/guests?last=1d&filter=gender%3Dgirl")
    assert guests.status_code == 200 and b"back" not in guests.content
    again = client.get("/stats/m/guests?last=1d&filter=gender%3Dgirl", headers={"If-None-Match": guests["ETag"]})
    assert again.status_code == 304 and again.content == b""
    rows = json.loads(client.get("/stats/m/guests/top.json?axis=age").content)
    assert rows == [{"choice": "18", "total": 1, "share": 1.0}]
    assert client.get("/stats/m/gests").status_code == 404
    assert client.get("/stats/m/guests?last=7x").status_code == 400
    framed = client.get("/stats/m/guests/pie?axis=gender")
    assert "frame-ancestors https://example.org" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    assert "frame-ancestors 'none'" in overview["Content-Security-Policy"]
    assert "form-action" in overview["Content-Security-Policy"]


def staff(name):
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(User.objects.get_or_create(username=name, is_staff=True)[0])
    return client


def test_the_admin_leads_to_the_dashboard():
    from django.core.management import call_command

    client = staff("staff")
    # The model is as its migration has it.
    call_command("makemigrations", "staste", check=True, dry_run=True, verbosity=0)
    index = client.get("/admin/").content.decode()
    assert 'href="/admin/staste/dashboard/"' in index and "/add/" not in index
    assert client.get("/admin/staste/dashboard/")["Location"] == "/stats/"
    assert client.get("/stats/").status_code == 200
    with override_settings(STASTE={"DASHBOARD_ACCESS": look}):
        assert "staste" not in client.get("/admin/").content.decode()


def fold_pages():
    pages = Metrica("pages", [("page", StoredChoiceAxis(cap=1))])
    for page in ["/", "/a", "/b"]:
        pages.kick(page=page)
    staste.flush()


def test_admin_warns_once_of_what_was_lost_those_who_may_look():
    from django.contrib.messages import get_messages

    client = staff("folded")

    def warnings(**own):
        with override_settings(**own):
            answer = client.get("/admin/staste/dashboard/")
        return [str(message) for message in get_messages(answer.wsgi_request)]

    assert warnings() == []
    fold_pages()
    [warning] = warnings()
    assert warning.startswith("Counting: 2 kicks count as other: a cap on choices or points was reached; last reported 20")
    index = client.get("/admin/").content.decode()
    assert index.count("2 kicks count as other") == 1
    assert "2 kicks" not in client.get("/admin/").content.decode(), "it was shown"
    for _ in range(2):
        client.get("/admin/staste/dashboard/")
    assert client.get("/admin/").content.decode().count("2 kicks count as other") == 1
    assert warnings(STASTE={"DASHBOARD_ACCESS": look}) == []
    assert client.get("/admin/staste/dashboard/")["Location"] == "/stats/"


def test_admin_leads_to_the_dashboard_when_the_store_cannot_be_read(tmp_path):
    client = staff("unread")
    staste.configure(f"sqlite:{tmp_path}/no/such/folder/guests.db")
    assert client.get("/admin/staste/dashboard/")["Location"] == "/stats/"


def test_dashboard_shows_what_was_lost():
    fold_pages()
    with override_settings(STASTE={"DASHBOARD_ACCESS": look}):
        page = Client().get("/stats/", headers={"X-Look": "yes"}).content.decode()
    assert "Problems with counting" in page and "2 kicks count as other" in page


def test_charts_are_views_with_the_attributes_legacy_address():
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
    with pytest.raises(TypeError, match="metrica=..."):
        client.get("/none")
    for wrong in ["last=abc", "timespan__month=2", "timespan__year=abc", "filter=nope=1", "filter=gender=dog"]:
        assert client.get(f"/pie?{wrong}").status_code == 400, wrong
    for wrong in ["show_axis=nope", "timescale=century", "day__ago=abc"]:
        assert client.get(f"/timeserie?{wrong}").status_code == 400, wrong


@pytest.mark.parametrize(
    ("address", "refused"),
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
def test_chart_answers_strangers_only_what_its_author_lists(address, refused):
    GUESTS.kick(gender="girl", age="ancient")
    LATEST.kick(view="front")
    answer = Client().get(f"/public/{address}")
    text = answer.content.decode()
    if refused is None:
        assert answer.status_code == 200 and "ancient" not in text, text
        assert "show_axis=age" not in text and "<select" not in text
    else:
        assert answer.status_code == 400, text
        assert f"{refused} is not offered by this chart" in text


def test_chart_with_a_wrong_list_is_refused_where_the_site_is_put_together():
    for wrong, words in [
        ({"periods": ["fortnight"]}, "fortnight"),
        ({"formats": ["png"]}, "html, svg, json and csv"),
        ({"scales": ["eon"]}, "eon"),
        ({"axes": "age"}, "str"),
    ]:
        with pytest.raises(TypeError, match=words):
            PieChart.as_view(metrica=GUESTS, **wrong)


def test_tags_show_charts_and_totals():
    GUESTS.kick(gender="girl", age="<script>")
    text = (
        "{% load staste %}<style>{% staste_style %}</style>{% staste_total guests gender='girl' %}"
        "{% staste_chart guests 'pie' axis='age' title='By <age>' %}"
    )
    shown = Template(text).render(Context({"guests": GUESTS}))
    assert "</style>1<figure" in shown and "&lt;script&gt;" in shown and "<script>" not in shown
    with pytest.raises(TypeError, match="its axes are"):
        Template("{% load staste %}{% staste_total guests hight=1 %}").render(Context({"guests": GUESTS}))


def test_kicks_can_wait_for_the_transaction():
    with transaction.atomic():
        LATER.kick(what="kept")
        assert LATER.total() == 0
    assert LATER.total() == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        LATER.kick(what="undone")
        1 / 0
    assert LATER.total() == 1
    with pytest.raises(TypeError, match="its axes are"):
        LATER.kick(waht="typo")
    with pytest.raises(ValueError), transaction.atomic():
        LATER.kick("much", what="x")
    with pytest.raises(ValueError), transaction.atomic():
        LATER.kick(0.5, what="x")
    with pytest.raises(ValueError, match="transactions"):
        LATER.bind(what="x")
    LATER.kick(2, datetime.datetime(2010, 2, 7), what="old")
    assert LATER.timespan(year=2010).total() == 2


def test_the_store_is_that_of_the_settings(tmp_path):
    for own, expected in [
        ({"STASTE": {"STORE": "sqlite:guests.db"}}, "sqlite:guests.db"),
        ({"BASE_DIR": tmp_path}, f"sqlite:{tmp_path}/staste.db"),
        ({"STASTE_REDIS_CONNECTION": {}}, "redis://localhost:6379/0?layout=seed&prefix=staste"),
        (
            {
                "STASTE_REDIS_CONNECTION": {"host": "h", "port": 7000, "db": 3, "password": "s3/cret"},
                "STASTE_METRICS_PREFIX": "mine",
                "STASTE_KEY_NAMING": {"all": "A", "choices": "C"},
            },
            "redis://:s3%2Fcret@h:7000/3?layout=seed&prefix=mine&all=A&choices=C",
        ),
        (
            {"STASTE_REDIS_CONNECTION": {"unix_socket_path": "/run/redis.sock", "password": "p"}},
            "unix:/run/redis.sock?db=0&pass=p&layout=seed&prefix=staste",
        ),
    ]:
        with override_settings(**own):
            assert _django_settings.address() == expected
            staste.Staste(expected)
    assert _django_settings.address() is None
    for wrong, words in [
        ({"STASTE": "sqlite:guests.db"}, "expected a dict"),
        ({"STASTE": {"STROE": "sqlite:guests.db"}}, "unknown key 'STROE' in STASTE"),
    ]:
        with override_settings(**wrong), pytest.raises(ImproperlyConfigured, match=words):
            _django_settings.address()


def test_checks_say_what_would_not_work(tmp_path):
    def ids(**own):
        with override_settings(**own):
            return [found.id for found in run_checks(databases=["default"]) if found.id.startswith("staste")]

    assert ids() == []
    assert ids(STASTE={"STROE": "x"}) == ["staste.E001"]
    before = ["django.contrib.sessions.middleware.SessionMiddleware", "staste.middleware.ResponseTimeMiddleware"]
    assert ids(MIDDLEWARE=before) == ["staste.W001"]
    assert ids(STASTE={"DASHBOARD_ACCESS": "everybody"}) == ["staste.W002"]
    assert ids(STASTE={"DASHBOARD_ACCESS": "no.such.function"}) == ["staste.E003"]
    assert ids(STASTE={"DASHBOARD_ACCESS": "staste.urls.app_name"}) == ["staste.E003"]
    assert ids(STASTE={"DASHBOARD_ACCESS": "staste.urls.can_view_dashboard"}) == []
    assert ids(STASTE={"STORE": "no address"}) == ["staste.E001"]
    staste.configure(f"sqlite:{tmp_path}/no/such/folder/guests.db")
    assert ids() == ["staste.E002"]


def test_deployment_check_warns_of_what_was_lost(tmp_path):
    def found(**how):
        return [found for found in run_checks(**how) if found.id.startswith("staste")]

    assert found(include_deployment_checks=True) == []
    fold_pages()
    [warning] = found(include_deployment_checks=True)
    assert (warning.id, warning.level) == ("staste.W004", 30)
    assert warning.msg == "2 kicks count as other: a cap on choices or points was reached"
    assert warning.hint.startswith("last reported ")
    assert found() == [], "the store is not read at every start"
    # That it cannot be read is an error of the check of databases.
    staste.configure(f"sqlite:{tmp_path}/no/such/folder/guests.db")
    assert found(include_deployment_checks=True) == []
    path = tmp_path / "guests.db"
    staste.configure(f"sqlite:{path}")
    assert found(include_deployment_checks=True) == []
    assert not path.exists(), "a check makes no store"


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_store_in_a_file_of_a_database_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my site.db"
    path.touch()
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "hard.db").hardlink_to(path)
    engine = "django.db.backends.sqlite3"

    def shared(store, name, engine=engine):
        staste.configure("memory:")
        databases = {"default": {"ENGINE": engine, "NAME": ":memory:"}, "other": {"ENGINE": engine, "NAME": name}}
        with override_settings(STASTE={"STORE": store}, DATABASES=databases):
            return [found for found in run_checks() if found.id == "staste.E004"]

    store = f"sqlite:{path}"
    (found,) = shared(store, path)
    assert str(path) in found.msg and "'other'" in found.msg
    assert "a file of its own" in found.hint
    for name in [
        "my site.db",
        f"{tmp_path}/../{tmp_path.name}/my site.db",
        "link.db",
        "hard.db",
        f"file:{tmp_path}/my%20site.db?mode=ro",
        f"file://{tmp_path}/my%20site.db#top",
        "file:my%20site.db",
    ]:
        assert shared(store, name), name
        assert shared("sqlite:my site.db", name), name
    # Neither is there yet.
    assert shared("sqlite:new.db", tmp_path / "new.db")
    for name in [":memory:", "", "file::memory:?cache=shared", f"file:{path}?mode=memory", "sites.db", "file:sites.db"]:
        assert shared(store, name) == [], name
    assert shared("memory:", path) == []
    assert shared("sqlite:guests", "guests", engine="django.db.backends.postgresql") == []


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_configured_store_in_a_file_of_a_database_is_an_error(tmp_path):
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "site.db")}}
    staste.configure(f"sqlite:{tmp_path}/site.db")
    with override_settings(DATABASES=databases):
        assert [found.id for found in run_checks()] == ["staste.E004"]


def test_commands_ask_the_store_of_the_settings(tmp_path, capfd):
    from django.core.management import CommandError, call_command

    staste.configure(f"sqlite:{tmp_path}/guests.db")
    GUESTS.kick(gender="girl", age=18)
    call_command("staste_query", "guests", "--by", "gender", "--format", "csv")
    assert "girl,,1" in capfd.readouterr().out
    call_command("staste_sql", "SELECT age FROM guests WHERE scale = 'ever' AND gender = 'girl'", "--format", "csv")
    assert capfd.readouterr().out == "age\n(all)\n18\n"
    call_command("staste_verify")
    call_command("staste_export", "guests", "-o", str(tmp_path / "guests.ndjson"))
    assert (tmp_path / "guests.ndjson").read_text()
    (tmp_path / "more.csv").write_text("gender,age\nboy,19\nboy,19\n")
    call_command("staste_import", str(tmp_path / "more.csv"), "--metrica", "guests", "--axis", "gender", "--axis", "age")
    assert GUESTS.filter(gender="boy").total() == 2
    with pytest.raises(CommandError, match="ended with"):
        call_command("staste_query", "gests")
    assert "did you mean guests" in capfd.readouterr().err
    call_command("staste_forget", "guests", "--yes")
    assert staste.store().metricas() == []


def test_each_test_case_has_a_store_of_its_own():
    import unittest

    from staste.testing import StasteTestCase

    class Cases(StasteTestCase, unittest.TestCase):
        def test_one(self):
            GUESTS.kick(gender="girl")
            self.assertEqual(GUESTS.total(), 1)

        test_two = test_one

    GUESTS.kick(gender="boy")
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Cases).run(result)
    assert result.testsRun == 2 and result.wasSuccessful(), result.failures + result.errors
    assert dict(GUESTS.iterate("gender")) == {"boy": 1, "girl": 0}
