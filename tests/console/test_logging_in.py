"""Login, session and logout."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, text

from services.console.commands import KeepUser
from services.console.domain import Session
from services.console.handlers.users import MOST_FAILURES
from services.console.upkeep import BadUsers, make_users, named_users
from shared import clock
from shared.database import Database
from shared.settings import settings
from tests.console.reading import read
from tests.console.words import ADVISOR, MANAGER, OPERATOR, from_our_page, logged_in

pytestmark = pytest.mark.usefixtures("nothing_happened_yet")


async def log_in(console: httpx.AsyncClient, name: str, password: str, **more: str) -> httpx.Response:
    console.cookies.clear()
    return await console.post("/login", data={"name": name, "password": password, **more}, headers=from_our_page(console))


async def test_without_a_session_every_page_leads_to_the_login(console: httpx.AsyncClient) -> None:
    console.cookies.clear()
    answer = await console.get("/board?store=sh01", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fboard%3Fstore%3Dsh01")
    assert (await console.get("/")).headers["location"] == "/login"
    form = read((await console.get("/login?next=/board?store=sh01")).text).one("form", action="/login")
    assert form.one("input", name="next").attributes["value"] == "/board?store=sh01"


@pytest.mark.parametrize("path", ["/board?part=columns", "/board/events", "/queues", "/queues/events"])
async def test_scripts_without_a_session_are_told_so(path: str, console: httpx.AsyncClient) -> None:
    console.cookies.clear()
    answer = await console.get(path, headers={"accept": "*/*"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_logged_in")


async def test_a_login_leads_back_to_where_the_user_wanted_to_go(console: httpx.AsyncClient) -> None:
    answer = await log_in(console, ADVISOR.name, ADVISOR.password, next="/board?store=sh01")
    assert (answer.status_code, answer.headers["location"]) == (303, "/board?store=sh01")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/board", "//evil.example/board", "/\\evil.example", "javascript:1"])
async def test_a_login_never_leads_to_another_site(elsewhere: str, console: httpx.AsyncClient) -> None:
    assert (await log_in(console, ADVISOR.name, ADVISOR.password, next=elsewhere)).headers["location"] == "/"


async def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(console: httpx.AsyncClient) -> None:
    cookie = (await log_in(console, ADVISOR.name, ADVISOR.password)).headers["set-cookie"]
    assert cookie.startswith("loop4s=") and "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    async with httpx.AsyncClient(transport=console._transport, base_url="https://door") as secure:
        cookie = (await log_in(secure, ADVISOR.name, ADVISOR.password)).headers["set-cookie"]
    assert cookie.startswith("__Host-loop4s=") and "Secure" in cookie and "Domain" not in cookie


async def test_the_database_does_not_know_the_cookie(console: httpx.AsyncClient, database: Database) -> None:
    headers = await logged_in(console, ADVISOR)
    token = headers["cookie"].partition("=")[2]
    async with database.hearing() as session:
        kept = (await session.execute(text("SELECT sessions::text || users::text FROM sessions, users"))).scalars().all()
    assert not any(token in row or ADVISOR.password in row for row in kept)


@pytest.mark.parametrize(("name", "password"), [("lin.wei", "wrong"), ("nobody", ADVISOR.password), ("", ""), ("a\0b", "x")])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(name: str, password: str, console: httpx.AsyncClient) -> None:
    answer = await log_in(console, name, password)
    assert answer.status_code == 401
    assert read(answer.text).one("p", role="alert").text == "■ 用户名或密码不正确。"
    assert "set-cookie" not in answer.headers


async def test_after_too_many_failures_even_the_right_password_has_to_wait(console: httpx.AsyncClient) -> None:
    for _ in range(MOST_FAILURES["of_one_name_from_one_address"]):
        assert (await log_in(console, "lin.wei", "wrong")).status_code == 401
    assert (await log_in(console, "lin.wei", ADVISOR.password)).status_code == 429
    assert (await log_in(console, OPERATOR.name, OPERATOR.password)).status_code == 303, "others may log in"
    with clock.stopped(clock.now() + timedelta(minutes=16)):
        assert (await log_in(console, "lin.wei", ADVISOR.password)).status_code == 303


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://door.evil.example"])
@pytest.mark.parametrize("path", ["/login", "/logout"])
async def test_a_form_of_another_site_is_refused(path: str, origin: str | None, console: httpx.AsyncClient) -> None:
    session = await logged_in(console, ADVISOR)
    headers = {"cookie": session["cookie"]} | ({"origin": origin} if origin else {})
    answer = await console.post(path, data={"name": ADVISOR.name, "password": ADVISOR.password}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert (await console.get("/board", headers=session)).status_code == 200, "the session goes on"


async def test_after_the_logout_the_cookie_is_worth_nothing(console: httpx.AsyncClient) -> None:
    session = await logged_in(console, ADVISOR)
    answer = await console.post("/logout", headers=session)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert 'loop4s=""' in answer.headers["set-cookie"]
    assert (await console.get("/board", headers=session)).status_code == 303


async def test_a_session_ends_after_a_working_day(console: httpx.AsyncClient) -> None:
    session = await logged_in(console, ADVISOR)
    with clock.stopped(clock.now() + timedelta(hours=12, seconds=1)):
        assert (await console.get("/board", headers=session)).status_code == 303


async def test_everybody_comes_first_to_what_they_may_see(console: httpx.AsyncClient) -> None:
    for user, first in ((MANAGER, "/board"), (OPERATOR, "/queues")):
        assert (await console.get("/", headers=await logged_in(console, user))).headers["location"] == first


async def test_a_page_that_the_roles_do_not_allow_says_so(console: httpx.AsyncClient) -> None:
    answer = await console.get("/queues", headers=await logged_in(console, ADVISOR))
    assert answer.status_code == 403
    assert "您的角色不能打开此页面。" in answer.text


async def test_a_new_password_ends_the_sessions_made_with_the_old(console: httpx.AsyncClient, database: Database) -> None:
    user = KeepUser(name="zhang.min", password="the first one", grants={"sh01": ["dispatcher"]})
    await make_users(database, [user])
    session = await logged_in(console, user)
    await make_users(database, [user])
    assert (await console.get("/board", headers=session)).status_code == 200, "the same password again changes nothing"
    await make_users(database, [user.model_copy(update={"password": "the second one"})])
    assert (await console.get("/board", headers=session)).status_code == 303


async def test_grants_count_as_they_are_now(console: httpx.AsyncClient, database: Database) -> None:
    user = KeepUser(name="chen.wei", password="chen.wei's password", grants={"sh01": ["dispatcher"]})
    await make_users(database, [user])
    session = await logged_in(console, user)
    await make_users(database, [user.model_copy(update={"grants": {"sh02": ["dispatcher"]}})])
    assert (await console.get("/board?store=sh01", headers=session)).status_code == 404


async def test_old_sessions_are_swept_out_by_the_next_login(console: httpx.AsyncClient, database: Database) -> None:
    await logged_in(console, ADVISOR)
    with clock.stopped(clock.now() + timedelta(days=2)):
        await logged_in(console, ADVISOR)
        async with database.hearing() as session:
            assert not (await session.scalars(select(Session).where(Session.expires_at < clock.now()))).all()


def test_users_come_from_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named_users(settings()) == []
    monkeypatch.setenv("LOOP4S_SECRET_CONSOLE_USERS", f"[{ADVISOR.model_dump_json()}]")
    assert named_users(settings()) == [ADVISOR]


@pytest.mark.parametrize("secret", ["{}", '[{"name": "x", "password": "short-pw", "grants": {"sh01": ["boss"]}}]', "not json"])
def test_a_secret_that_names_no_users_is_told_without_what_it_holds(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP4S_SECRET_CONSOLE_USERS", secret)
    with pytest.raises(BadUsers) as refused:
        named_users(settings())
    assert "short-pw" not in str(refused.value) and "boss" not in str(refused.value)
