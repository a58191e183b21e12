"""A workshop as its people use it: facts that were heard, and requests by dispatcher, technician and inspector."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

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

    async def dispatched(self, hand: Hand, job: UUID | None = None) -> UUID:
        job = job or await self.a_ready_job()
        await self.done(job, "dispatch", self.dispatcher, {"technician": hand.technician, "bay": hand.bay})
        return job

    async def finished(self, hand: Hand, job: UUID | None = None) -> UUID:
        job = await self.dispatched(hand, job)
        await self.done(job, "start", hand.headers)
        await self.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION})
        return job
