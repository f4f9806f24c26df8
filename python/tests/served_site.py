"""A site for servers with several workers. Each response is the process id of its worker."""

import os

from staste import Metrica, StoredChoiceAxis
from staste.asgi import commit_on_shutdown

HITS = Metrica("hits", [("worker", StoredChoiceAxis()), ("path", StoredChoiceAxis())])
LOADED = Metrica("loaded", [])

# With --preload, this counts in the parent of the workers.
LOADED.kick()


def application(environ, start_response):
    HITS.kick(worker=os.getpid(), path=environ["PATH_INFO"])
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@commit_on_shutdown
async def asgi(scope, receive, send):
    if scope["type"] != "http":
        # Django raises as well.
        raise ValueError("only HTTP requests are supported")
    HITS.kick(worker=os.getpid(), path=scope["path"])
    body = str(os.getpid()).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
