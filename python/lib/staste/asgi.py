"""For servers of ASGI that end their workers by a signal, as uvicorn does: what waits is committed before.

    application = committed(get_asgi_application())
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from staste._configured import close

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def committed(application: Application) -> Application:
    """Give the same application, which commits what was kicked when its server shuts it down."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        has_begun = False

        async def received() -> Message:
            nonlocal has_begun
            has_begun = True
            return await receive()

        async def sent(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await asyncio.to_thread(close)
            await send(message)

        try:
            await application(scope, received, sent)
        except Exception:
            if has_begun:
                raise
            # One that knows of no lifespan, as that of Django.
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await sent({"type": "lifespan.shutdown.complete"})

    return wrapped
