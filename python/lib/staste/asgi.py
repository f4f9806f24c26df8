"""A wrapper for ASGI applications that commits pending kicks when the server shuts down.

    application = commit_on_shutdown(get_asgi_application())

Servers such as uvicorn end their workers by a signal after the shutdown, so nothing runs at exit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from staste._default_store import close

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def commit_on_shutdown(application: Application) -> Application:
    """Return an ASGI application that calls `staste.close()` when the lifespan of `application` ends.

    It works with applications that do not support lifespan events, such as Django's.
    """

    async def wrapper(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        supports_lifespan = False

        async def note_receive() -> Message:
            nonlocal supports_lifespan
            supports_lifespan = True
            return await receive()

        async def commit_and_send(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await asyncio.to_thread(close)
            await send(message)

        try:
            await application(scope, note_receive, commit_and_send)
        except Exception:
            if supports_lifespan:
                raise
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await commit_and_send({"type": "lifespan.shutdown.complete"})

    return wrapper
