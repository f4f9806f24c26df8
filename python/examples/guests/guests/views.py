"""The page, and the form that it has."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from guests.metricas import guests_metrica
from staste.middleware import request_metrica


class Guest(forms.Form):
    """Who comes."""

    gender = forms.ChoiceField(label="Your gender", choices=[("girl", "girl"), ("boy", "boy")])
    age = forms.IntegerField(label="your age", min_value=0, max_value=130, initial=18)


def front(request: HttpRequest) -> HttpResponse:
    """Show the form and the charts."""
    return page(request, Guest())


@require_POST
def came(request: HttpRequest) -> HttpResponse:
    """Count who filled in the form."""
    guest = Guest(request.POST)
    if not guest.is_valid():
        return page(request, guest, status=400)
    guests_metrica.kick(**guest.cleaned_data)
    return redirect("front")


def page(request: HttpRequest, guest: Guest, status: int = 200) -> HttpResponse:
    """Show a form with the charts."""
    context = {"form": guest, "guests": guests_metrica, "requests": request_metrica()}
    return render(request, "guests/front.html", context, status=status)


def is_at_this_machine(request: HttpRequest) -> bool:
    """Tell whether somebody is at the machine that the site runs on."""
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
