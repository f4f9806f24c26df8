"""Middleware that counts the requests of a Django site, and the time they take.

The metrica is a distribution, or averaged where the store cannot make it one; values are seconds with four decimal
places, so a request of less than 0.05 ms counts as 0 seconds. Its axes are `view`, the view as `module.name` or
`unmatched`; `exception`, the name of its class; `method`; and `status`, such as `2xx`. Under the Redis keys of 2011 it
has only the first two.
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
from staste.metrica import DistributionMetrica

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

log = logging.getLogger("staste")

EXCEPTION_ATTRIBUTE = "_staste_exception"
"""The attribute of a request with the class name of the exception that its view raised.

It is not the exception itself, which would refer to the request and keep it in memory."""

STATUSES = {1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"})


class RequestMetrica(DistributionMetrica):
    """The metrica of requests. Where the store cannot make it a distribution, it is averaged."""

    _kind = "distribution if possible"


@functools.cache
def request_metrica() -> RequestMetrica:
    """Return the metrica that counts requests. `STASTE["REQUESTS"]` is its name."""
    from staste import _django_settings

    axes: list[tuple[str, Axis]] = [("view", StoredChoiceAxis()), ("exception", StoredChoiceAxis())]
    if not _django_settings.is_legacy():
        axes += [("method", StoredChoiceAxis()), ("status", Axis(choices=STATUSES.values()))]
    name = _django_settings.setting("REQUESTS", "response_time_metrica")
    return RequestMetrica(name, axes, multiplier=10_000, unit="s", better="down")


class ResponseTimeMiddleware:
    """Counts each request once, after the last byte of its response was sent. It never makes a request fail.

    Put it first in `MIDDLEWARE`, so that it includes the time that other middleware takes.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        """Create the middleware around the rest of the site."""
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Union[HttpResponseBase, Awaitable[HttpResponseBase]]:
        """Return the response, and count the request when it ends."""
        timer = RequestTimer(request)
        if self.is_async:
            return self._call_async(request, timer)
        try:
            return timer.watch(self.get_response(request))
        except BaseException as error:
            timer.end(error)
            raise

    async def _call_async(self, request: HttpRequest, timer: RequestTimer) -> HttpResponseBase:
        try:
            return timer.watch(await self.get_response(request))
        except BaseException as error:
            timer.end(error)
            raise

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note the exception of a view, which Django turns into a response afterwards."""
        setattr(request, EXCEPTION_ATTRIBUTE, type(exception).__name__)


class RequestTimer:
    """Measures a request from its start to the end of its response."""

    __slots__ = ("has_ended", "request", "started", "status")

    def __init__(self, request: HttpRequest) -> None:
        """Start to measure."""
        self.started = time.perf_counter()
        self.request = request
        self.status: int | None = None
        self.has_ended = False

    def watch(self, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response, and count the request: at once, or when all of a streaming response was sent."""
        self.status = response.status_code
        if not isinstance(response, StreamingHttpResponse):
            self.end(None)
            return response
        if not isinstance(response, FileResponse):
            # Servers may send the file of a FileResponse themselves, so its content stays. It ends when it is closed.
            content: Any = response.streaming_content
            response.streaming_content = self._async_parts(content) if response.is_async else self._parts(content)
        # Nobody reads the stream of a HEAD request: it ends when it is closed.
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
        """Count the request, unless it is counted already."""
        if self.has_ended:
            return
        self.has_ended = True
        seconds = time.perf_counter() - self.started
        try:
            metrica, view, exception = request_metrica(), view_name(self.request), self._exception_name(error)
            if len(metrica.axes) == 2:
                metrica.kick(seconds, view=view, exception=exception)
                return
            method = self.request.method
            metrica.kick(
                seconds,
                view=view,
                exception=exception,
                method=method if method in METHODS else "other",
                status=STATUSES.get((self.status or 0) // 100),
            )
        except Exception:
            # Counting must never make a request fail.
            log.warning("could not count a request", exc_info=True)

    def _exception_name(self, error: BaseException | None) -> str | None:
        if error is None:
            return getattr(self.request, EXCEPTION_ATTRIBUTE, None)
        # A stream that is closed before its end: the client has disconnected.
        return "cancelled" if isinstance(error, GeneratorExit) else type(error).__name__


def view_name(request: HttpRequest) -> str:
    """Return the view of a request as `module.name`, or `unmatched` if no URL matched."""
    match = request.resolver_match
    if match is None:
        return "unmatched"
    try:
        return _cached_name(match.func)
    except TypeError:  # It is not hashable.
        return _name(match.func)


def _name(function: Callable[..., Any]) -> str:
    view: Any = function
    while isinstance(view, functools.partial):
        view = view.func
    view = getattr(view, "view_class", view)
    name = getattr(view, "__qualname__", type(view).__qualname__)
    return f"{getattr(view, '__module__', '')}.{name}"


_cached_name = functools.lru_cache(maxsize=4096)(_name)
