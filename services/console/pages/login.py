"""Home, login and logout."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.console import access
from services.console.commands import LogIn
from services.console.handlers import users
from services.console.rendering import page
from services.console.texts import N_, language_of
from shared.database import Database
from shared.permissions import NotAllowed
from shared.refusal import Refused
from shared.service import public

router = APIRouter(dependencies=[public("the way in")])
WORDS = {
    "wrong_password": N_("Name and password do not fit together."),
    "too_many_failed_logins": N_("Too many logins failed. Try again in a quarter of an hour."),
}


@router.get("/")
async def home(request: Request) -> Response:
    """To the user's own first page, or to the login."""
    user = await access.user_at(request)
    if user is None:
        return RedirectResponse("/login", 303)
    pages = access.pages_of(access.caller_of(user))
    if not pages:
        raise NotAllowed("console.board")
    return RedirectResponse(pages[0], 303)


@router.get("/login")
async def login_page(request: Request, next: str = "") -> Response:
    return page(request, "login/login.html", language=language_of(request), next=_ours(next), name="", refusal=None)


@router.post("/login", dependencies=[Depends(access.from_our_own_page)])
async def log_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    token, refusal = await _session_for(request, name, password)
    if token is None:
        assert refusal is not None
        return page(
            request, "login/login.html", language=language_of(request), status=refusal.status, next=_ours(next), name=name[:80],
            refusal=WORDS[refusal.code],
        )  # fmt: skip
    answer = RedirectResponse(_ours(next) or "/", 303)
    access.give_cookie(request, answer, token)
    return answer


@router.post("/logout", dependencies=[Depends(access.from_our_own_page)])
async def log_out(request: Request) -> Response:
    database: Database = request.app.state.database
    if token := access.cookie_of(request):
        async with database.sessions.begin() as session:
            await users.log_out(token, session)
    answer = RedirectResponse("/login", 303)
    access.take_cookie(request, answer)
    return answer


async def _session_for(request: Request, name: str, password: str) -> tuple[str | None, Refused | None]:
    """The cookie of a new session, or why there is none; failures are committed too, because they are counted."""
    database: Database = request.app.state.database
    address = request.client.host if request.client else ""
    try:
        command = LogIn(name=name, password=password)
    except ValidationError:
        return None, users.WrongPassword()
    async with database.sessions.begin() as session:
        try:
            return await users.log_in(command, address, session), None
        except (users.WrongPassword, users.TooManyFailures) as refusal:
            return None, refusal


def _ours(next: str) -> str:
    """A page of ours to go back to, or nothing."""
    return next if not urlsplit(next).netloc and urlsplit(next).path in access.PAGES else ""
