"""A workshop as its people use it: facts that were heard, and requests by dispatcher, technician and inspector."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.workshop.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from shared.inbox import apply
from tests.callers import called_by, once
from tests.facts import heard
from tests.workshop.words import CAUSE, CORRECTION, OPERATION, SKILL, a_labour_line, a_part_line, authorised_work, issued

Headers = dict[str, str]


@dataclass(frozen=True)
class Hand:
    """A technician with a bay."""

    store: str
    technician: str
    user: str
    bay: str

    @property
    def headers(self) -> Headers:
        """Of a request that they make now."""
        return called_by("technician", store=self.store, subject=self.user)


@dataclass(frozen=True)
class Shop:
    """One store's workshop behind its HTTP door."""

    client: httpx.AsyncClient
    database: Database
    store: str = "sh01"

    def by(self, *roles: str, subject: str = "lin.wei") -> Headers:
        return called_by(*roles, store=self.store, subject=subject)

    @property
    def dispatcher(self) -> Headers:
        return self.by("dispatcher")

    @property
    def inspector(self) -> Headers:
        return self.by("inspector", subject="xu.lan")

    async def hear(self, *facts: Event) -> None:
        """Apply these facts as the inbox does, and commit."""
        await apply("workshop", HEARS, self.database, [heard(fact) for fact in facts])

    async def a_hand(self, *skills: str) -> Hand:
        """A technician and a bay that nobody else uses."""
        tail = new_id().hex[-10:]
        code, user, bay = f"T{tail}", f"user.{tail}", f"B{tail}"
        body = {"code": code, "name": "陈杰", "user": user, "skills": list(skills or (SKILL,))}
        at = f"/stores/{self.store}"
        for path, made in (("technicians", body), ("bays", {"code": bay, "kind": "lift"})):
            answer = await self.client.post(f"{at}/{path}", json=made, headers=self.dispatcher | once())
            assert answer.status_code == 201, answer.text
        return Hand(self.store, code, user, bay)

    async def a_ready_job(self, *, parts: int = 0, op_code: str = OPERATION) -> UUID:
        """A job whose parts, if it needs any, were issued."""
        ro, labour = new_id(), a_labour_line(op_code=op_code)
        lines = [a_part_line(labour.ro_line_id) for _ in range(parts)]
        await self.hear(
            authorised_work(labour, *lines, ro_id=ro, store_id=self.store),
            *(issued(line, ro, store_id=self.store) for line in lines),
        )
        return labour.ro_line_id

    async def a_job_of(self, skill: str, promised_at: datetime, *, hours_milli: int = 800, **told: Any) -> UUID:
        """A job that needs no parts; `told` with its agreement."""
        line = a_labour_line(op_code=f"{skill.upper()}-X").model_copy(update={"flat_hours_milli": hours_milli})
        await self.hear(authorised_work(line, store_id=self.store, promised_at=promised_at).model_copy(update=told))
        return line.ro_line_id

    async def read(self, job: UUID) -> dict[str, Any]:
        """The job with everything that hangs on it, and the `etag` that a write needs."""
        answer = await self.client.get(f"/jobs/{job}", headers=self.dispatcher)
        assert answer.status_code == 200, answer.text
        return {**answer.json(), "etag": answer.headers["etag"]}

    async def ask(self, job: UUID, action: str, headers: Headers, body: dict[str, Any] | None = None) -> httpx.Response:
        """POST an action upon the newest version of the job."""
        etag = {"If-Match": (await self.read(job))["etag"]}
        return await self.client.post(f"/jobs/{job}/{action}", json=body, headers=headers | once() | etag)

    async def done(self, job: UUID, action: str, headers: Headers, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """As `ask`, and it was done."""
        answer = await self.ask(job, action, headers, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def given_to(self, hand: Hand, bay: str | None = None) -> dict[str, str]:
        """To this hand whatever comes first in a store in which many tests have left jobs."""
        return {"technician": hand.technician, "bay": bay or hand.bay, "reason_code": "own_choice"}

    async def empty(self) -> None:
        """What other tests left to be given out is called off."""
        left = text("UPDATE jobs SET state = 'cancelled' WHERE store_id = :store AND state IN ('ready', 'paused', 'failed')")
        async with self.database.hearing.begin() as session:
            await session.execute(left, {"store": self.store})

    async def said(self, subject: UUID) -> list[tuple[str, dict[str, Any]]]:
        """What was announced about a job or another subject, oldest first: the fact's name and its body."""
        query = text("SELECT type, body::jsonb FROM outbox WHERE subject = :id ORDER BY version")
        async with self.database.hearing() as session:
            return [(kind.split(".")[1], body) for kind, body in await session.execute(query, {"id": subject})]

    async def said_of_promise(self, job: UUID) -> list[tuple[str, dict[str, Any]]]:
        """What was announced about a job's promise."""
        query = text("SELECT id FROM promise_watches WHERE job_id = :job")
        async with self.database.hearing() as session:
            return await self.said(await session.scalar(query, {"job": job}) or job)

    async def dispatched(self, hand: Hand, job: UUID | None = None) -> UUID:
        job = job or await self.a_ready_job()
        await self.done(job, "dispatch", self.dispatcher, self.given_to(hand))
        return job

    async def team_checked(self, job: UUID) -> None:
        """A colleague looked at the work."""
        await self.done(job, "team-check", (await self.a_hand()).headers, {})

    async def finished(self, hand: Hand, job: UUID | None = None) -> UUID:
        job = await self.dispatched(hand, job)
        await self.done(job, "start", hand.headers)
        await self.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
        return job
