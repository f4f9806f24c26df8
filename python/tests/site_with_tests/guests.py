"""The app of the site: its metricas and its only page. It reads the store of the site before the tests begin."""

from django.apps import AppConfig
from django.http import HttpResponse
from django.urls import path

from staste import Metrica, StoredChoiceAxis

GUESTS = Metrica("guests", [("gender", StoredChoiceAxis())])


class GuestsConfig(AppConfig):
    name = "guests"

    def ready(self):
        GUESTS.total()


def front(request):
    GUESTS.kick(gender="girl")
    return HttpResponse("welcome")


urlpatterns = [path("", front)]
