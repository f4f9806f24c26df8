"""A Django site that counts: its settings, metricas, views and URLs."""

import asyncio
import sys

import django
import django.test.utils
from django.conf import settings

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
    TIME_ZONE="UTC",
    # Each test chooses its store by itself.
    STASTE={"TEST_STORE": None},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    STATIC_URL="static/",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
)
django.setup()
django.test.utils.setup_test_environment()

from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.generic import View  # noqa: E402

from staste import AveragedMetrica, Axis, Metrica, StoredChoiceAxis  # noqa: E402
from staste.charts.views import LatestCountAndAverageChart, PieChart, TimelineChart, TimeserieChart  # noqa: E402

GUESTS = Metrica("guests", [("gender", Axis(choices=["boy", "girl"])), ("age", StoredChoiceAxis())])
LATEST = AveragedMetrica("latest", [("view", StoredChoiceAxis())])


def has_access_header(request):
    """Return whether a request has the header that gives access to the dashboard in some tests."""
    return request.headers.get("X-Access") == "yes"


def staff_client(name):
    """Return a client that is logged in as a new member of staff."""
    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(User.objects.get_or_create(username=name, is_staff=True)[0])
    return client


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
