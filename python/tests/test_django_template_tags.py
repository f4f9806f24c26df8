"""Template tags."""

import pytest
from django.template import Context, Template

from django_site import GUESTS


def render(text):
    return Template("{% load staste %}" + text).render(Context({"guests": GUESTS}))


def test_tags_render_charts_and_totals():
    GUESTS.kick(gender="girl", age="<script>")
    page = render(
        "<style>{% staste_style %}</style>{% staste_total guests gender='girl' %}"
        "{% staste_chart guests 'pie' axis='age' title='By <age>' %}"
    )
    assert "</style>1<figure" in page and "&lt;script&gt;" in page and "<script>" not in page


def test_tag_with_unknown_axis_raises_type_error():
    with pytest.raises(TypeError, match="its axes are"):
        render("{% staste_total guests hight=1 %}")


def test_tags_render_a_message_while_the_store_cannot_be_reached(missing_folder):
    page = render('[{% staste_total guests %}]{% staste_chart guests "pie" %}')
    assert page.startswith("[]")
    assert "cannot be read at the moment" in page
