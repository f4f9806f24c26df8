"""The page and its form."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from guests.metricas import guests_metrica
from staste.middleware import request_metrica


class GuestForm(forms.Form):
    """Gender and age of a guest."""

    gender = forms.ChoiceField(label="Your gender", choices=[("girl", "girl"), ("boy", "boy")])
    age = forms.IntegerField(label="your age", min_value=0, max_value=130, initial=18)


def front(request: HttpRequest) -> HttpResponse:
    """Return the page with an empty form."""
    return page(request, GuestForm())


@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Count a guest."""
    form = GuestForm(request.POST)
    if not form.is_valid():
        return page(request, form, status=400)
    guests_metrica.kick(**form.cleaned_data)
    return redirect("front")


def page(request: HttpRequest, form: GuestForm, status: int = 200) -> HttpResponse:
    """Return the page with a form and the charts."""
    context = {"form": form, "guests": guests_metrica, "requests": request_metrica()}
    return render(request, "guests/front.html", context, status=status)


def is_local(request: HttpRequest) -> bool:
    """Return whether a request comes from this machine."""
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
