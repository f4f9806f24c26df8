"""Counts the requests of a site of Django, and how long they take.

The metrica is averaged, in ten thousandths of a second. Its axes are `view`, the function or class that answered as
`module.name`, or `unmatched`; `exception`, the name of its class; and unless it counts under the keys of 2011 `method`
and `status`, such as `2xx`.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Union

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import FileResponse, StreamingHttpResponse

from staste.axis import Axis, StoredChoiceAxis
from staste.metrica import AveragedMetrica

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

log = logging.getLogger("staste")

NOTED = "_staste_exception"
"""Where a request has the name of what its view raised. The exception itself would keep the request, and that it."""

STATUSES = {1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"})


@functools.cache
def metrica() -> AveragedMetrica:
    """Give the metrica that requests are counted in."""
    from staste import _django

    axes: list[tuple[str, Axis]] = [("view", StoredChoiceAxis()), ("exception", StoredChoiceAxis())]
    if "layout=seed" not in (_django.address() or ""):
        statuses = Axis(choices=STATUSES.values())
        axes += [("method", StoredChoiceAxis()), ("status", statuses)]
    return AveragedMetrica(_django.setting("REQUESTS", "response_time_metrica"), axes, multiplier=10_000)


class ResponseTimeMiddleware:
    """Counts each request once, when its last byte was handed on. It never fails a request."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        """Take the rest of the site."""
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Union[HttpResponseBase, Awaitable[HttpResponseBase]]:
        """Answer the request, and count it."""
        timing = Timing(request)
        if self.is_async:
            return self._answer(request, timing)
        try:
            return timing.follow(self.get_response(request))
        except BaseException as error:
            timing.end(error)
            raise

    async def _answer(self, request: HttpRequest, timing: Timing) -> HttpResponseBase:
        try:
            return timing.follow(await self.get_response(request))
        except BaseException as error:
            timing.end(error)
            raise

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note what a view raised: the rest of Django makes a page of it."""
        setattr(request, NOTED, type(exception).__name__)


class Timing:
    """A request from its beginning to its end."""

    __slots__ = ("began", "is_over", "request", "status")

    def __init__(self, request: HttpRequest) -> None:
        self.began = time.perf_counter()
        self.request = request
        self.status: int | None = None
        self.is_over = False

    def follow(self, response: HttpResponseBase) -> HttpResponseBase:
        """Count the request with its response: now, or when all of a stream was sent."""
        self.status = response.status_code
        if not isinstance(response, StreamingHttpResponse):
            self.end(None)
            return response
        if not isinstance(response, FileResponse):
            # Files are sent by the server itself where it can; they end when they are closed.
            parts: Any = response.streaming_content
            response.streaming_content = self._async_parts(parts) if response.is_async else self._parts(parts)
        # A stream that nobody asks for, as that of HEAD, ends when it is closed.
        closers: list[Callable[[], None]] = getattr(response, "_resource_closers")  # noqa: B009
        closers.append(functools.partial(self.end, None))
        return response

    def _parts(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from parts
        except BaseException as error:
            self.end(error)
            raise
        self.end(None)

    async def _async_parts(self, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for part in parts:
                yield part
        except BaseException as error:
            self.end(error)
            raise
        self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Count the request, once."""
        if self.is_over:
            return
        self.is_over = True
        seconds = time.perf_counter() - self.began
        try:
            counted, view, exception = metrica(), view_name(self.request), self._exception(error)
            if len(counted.axes) == 2:
                counted.kick(seconds, view=view, exception=exception)
                return
            method = self.request.method
            counted.kick(
                seconds,
                view=view,
                exception=exception,
                method=method if method in METHODS else "other",
                status=STATUSES.get((self.status or 0) // 100),
            )
        except Exception:
            # It must not be the reason that a page fails.
            log.warning("a request was not counted", exc_info=True)

    def _exception(self, error: BaseException | None) -> str | None:
        if error is None:
            return getattr(self.request, NOTED, None)
        # A stream is closed before its end when the client went away.
        return "cancelled" if isinstance(error, GeneratorExit) else type(error).__name__


def view_name(request: HttpRequest) -> str:
    """Give the function or class that answers, as `module.name`; `unmatched` where none does."""
    match = request.resolver_match
    if match is None:
        return "unmatched"
    try:
        return _remembered(match.func)
    except TypeError:  # It has no hash.
        return _name(match.func)


def _name(function: Callable[..., Any]) -> str:
    view: Any = function
    while isinstance(view, functools.partial):
        view = view.func
    view = getattr(view, "view_class", view)
    name = getattr(view, "__qualname__", type(view).__qualname__)
    return f"{getattr(view, '__module__', '')}.{name}"


_remembered = functools.lru_cache(maxsize=4096)(_name)
