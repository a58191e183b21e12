"""Who is at the page: the session cookie, the proof that a form is our own, and what each user may open."""

from types import MappingProxyType
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.console.domain import User
from services.console.domain.users import LASTS
from services.console.handlers import users
from shared.database import Database
from shared.identity import Caller, NotIdentified
from shared.permissions import NotAllowed, stores_for
from shared.refusal import Refused
from shared.service.problems import problem

PAGES = {"/board": "console.board", "/queues": "console.queues"}
"""What a user may open, the home page first."""


class NotLoggedIn(NotIdentified):
    """A page needs a session, and there is none.  Over HTTP: to the login; 401 to scripts."""

    def __init__(self) -> None:
        super().__init__("no session")


class ForeignOrigin(Refused):
    """A form came from another site.  Over HTTP: 403."""

    status = 403

    def __init__(self) -> None:
        super().__init__("foreign_origin", "This form was not sent from our own page.")


def cookie_name(request: Request) -> str:
    """Browsers guard the `__Host-` prefix, but take it over https only."""
    return "__Host-loop4s" if request.url.scheme == "https" else "loop4s"


def cookie_of(request: Request) -> str | None:
    """The session cookie's value."""
    return request.cookies.get(cookie_name(request)) or None


def give_cookie(request: Request, answer: Response, token: str) -> None:
    answer.set_cookie(
        cookie_name(request),
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def take_cookie(request: Request, answer: Response) -> None:
    answer.delete_cookie(cookie_name(request), httponly=True, samesite="lax", secure=request.url.scheme == "https")


async def user_at(request: Request) -> User | None:
    """Whose session the request carries."""
    token = cookie_of(request)
    if token is None:
        return None
    database: Database = request.app.state.database
    async with database.sessions() as session:
        return await users.logged_in(token, session)


async def by_session(request: Request) -> None:
    """Dependency of pages, before their doors: the caller is the session's user.  NotLoggedIn."""
    user = await user_at(request)
    if user is None:
        raise NotLoggedIn
    request.state.caller, request.state.user = caller_of(user), user


def from_our_own_page(request: Request) -> None:
    """Dependency of forms.  ForeignOrigin unless the browser says that the form came from this very host."""
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host"):
        raise ForeignOrigin


def caller_of(user: User) -> Caller:
    grants = {store: frozenset(roles) for store, roles in user.grants.items()}
    return Caller(subject=user.name, name=user.name, grants=MappingProxyType(grants))


def pages_of(caller: Caller) -> list[str]:
    """The pages that the caller may open, the home page first."""
    return [path for path, action in PAGES.items() if may(caller, action)]


def may(caller: Caller, action: str) -> bool:
    """Whether there is a store in which the caller may do this."""
    try:
        stores_for(caller, action)
    except NotAllowed:
        return False
    return True


async def to_the_login(request: Request, error: Exception) -> Response:
    """What a page answers without a session; scripts, which ask for no HTML, get 401."""
    if "text/html" in request.headers.get("accept", ""):
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(back, safe='')}", 303)
    return problem(401, "not_logged_in", "The session has ended; log in again.", request_id=request.state.request_id)
