"""The twin of ``recipe_site``, in Starlette, where the ticket is the login."""

from __future__ import annotations

from recipe_site import OPTIONS, SECRET
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from session440.asgi import Session440Middleware, visit_of


async def page(request: Request):
    visit = visit_of(request)
    if not visit.active:
        return RedirectResponse(f"/login?next={request.url.path}", 302)
    return PlainTextResponse(f"hello {visit.subject}")


async def login(request: Request):
    if request.method == "GET":
        return PlainTextResponse("who are you?")
    async with request.form() as form:
        visit_of(request).login(str(form["username"]))
    return RedirectResponse(request.query_params.get("next", "/"), 302)


async def save(request: Request):
    length = len(await request.body())
    return PlainTextResponse(f"saved {length} for {visit_of(request).subject}")


async def scheme(request: Request):
    return PlainTextResponse(str(request.base_url))


async def health(request: Request):
    return PlainTextResponse("ready")


async def events(request: Request):
    watch = visit_of(request).watch()

    async def stream():
        async with watch as login:
            yield f"data: for {login.subject}\n\n"
            await login.ended.wait()

    return StreamingResponse(stream(), media_type="text/event-stream")


async def socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(f"for {visit_of(socket).subject}")
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


app = Session440Middleware(
    Starlette(
        routes=[
            Route("/", page),
            Route("/login", login, methods=["GET", "POST"]),
            Route("/save", save, methods=["POST"]),
            Route("/healthz", health),
            Route("/scheme", scheme),
            Route("/events", events),
            WebSocketRoute("/socket", socket),
        ]
    ),
    secret_key=SECRET,
    **OPTIONS,
)
