"""The text of a choice that is not a `str`. A lazy translation of Django counts by its untranslated text."""

from __future__ import annotations

import sys
from typing import Any


def choice_text(choice: object) -> str:
    """Return the text by which a choice counts: the message id of a lazy translation, else the `str` of the choice.

    The text of a lazy translation depends on the language of the visitor, so it would be another choice in each.
    """
    functional = sys.modules.get("django.utils.functional")
    if functional is not None and isinstance(choice, functional.Promise):
        return _untranslated(choice)
    return str(choice)


def _untranslated(promise: Any) -> str:
    from django.utils import translation
    from django.utils.translation import trans_null

    # Metricas are described while Django imports models, when it cannot translate yet and raises AppRegistryNotReady.
    # So the function and its arguments are read from the promise as pickle reads them, and the function of the same
    # name that Django uses with USE_I18N=False returns its argument.
    match promise.__reduce__():
        case (_, (function, tuple() as arguments, dict() as keywords, *_)) if (
            getattr(function, "__module__", None) == translation.__name__
        ):
            return str(getattr(trans_null, function.__name__)(*arguments, **keywords))
    # Texts that are put together from others, such as those of `format_lazy`.
    with translation.override(None):
        return str(promise)
