"""What pages need around the app: headers for browsers, the way to the login, refusals that people can read."""

from fastapi import FastAPI, Request, Response

from services.console import access
from services.console.access import ForeignOrigin, NotLoggedIn
from services.console.headers import Headers
from services.console.rendering import page
from services.console.texts import N_, language_of
from shared.permissions import NotAllowed
from shared.refusal import Refused, Unknown
from shared.service.problems import problem

WORDS: dict[type[Refused], str] = {
    NotAllowed: N_("Your roles do not allow this page."),
    Unknown: N_("There is no such page, or it belongs to another store."),
    ForeignOrigin: N_("This form was not sent from our own page."),
}


def dress(app: FastAPI) -> FastAPI:
    """The same app, fit for browsers."""
    app.add_middleware(Headers)
    app.add_exception_handler(NotLoggedIn, access.to_the_login)
    for kind in WORDS:
        app.add_exception_handler(kind, _refused)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if "text/html" in request.headers.get("accept", ""):
        words = WORDS[type(error)]
        return page(request, "refusal.html", language=language_of(request), status=error.status, words=words)
    return problem(error.status, error.code, error.detail, request_id=request.state.request_id, parameters=error.parameters)
