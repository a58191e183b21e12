"""The front desk sees that the workshop has written something, until somebody has read it."""

from uuid import UUID, uuid4

import pytest

from services.reception.domain import Base
from services.reception.inbox import HEARS
from shared.database import Database
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import Counter
from tests.reception.words import a_note, dispatched


async def test_an_order_shows_unread_notes_until_the_advisor_has_read_them(counter: Counter) -> None:
    """W6: before, during, after; a fact heard again does not make it unread."""
    order = await counter.an_authorised_order()
    job, ro = UUID(order["lines"][0]["id"]), UUID(order["id"])
    before, during = a_note(ro, job, "before"), a_note(ro, job, "during")
    await counter.hear(before, during)
    path = f"/repair-orders/{order['id']}"
    assert (await counter.get(path)).json()["unread_notes"] == 2
    notes = (await counter.get(f"{path}/workshop-notes")).json()["items"]
    assert {note["stage"] for note in notes} == {"before", "during"}
    read = await counter.made(
        f"{path}/workshop-notes/reading", {"note_ids": [str(before.about.subject)]}, version=order["etag"]
    )
    assert {note["stage"]: note["read_by"] for note in read["items"]} == {"before": "user:lin.wei", "during": None}
    await counter.hear(before)
    assert (await counter.get(path)).json()["unread_notes"] == 1
    unknown = await counter.post(f"{path}/workshop-notes/reading", {"note_ids": [str(uuid4())]}, version=order["etag"])
    assert (unknown.status_code, unknown.json()["errors"][0]["type"]) == (422, "note_unknown")
    assert (await counter.get(f"{path}/workshop-notes", store="sh02")).status_code == 404


async def test_who_read_a_note_first_stays(counter: Counter) -> None:
    """W6."""
    order = await counter.an_authorised_order()
    note = a_note(UUID(order["id"]), UUID(order["lines"][0]["id"]), "after")
    await counter.hear(note)
    path, body = f"/repair-orders/{order['id']}/workshop-notes/reading", {"note_ids": [str(note.about.subject)]}
    first = await counter.made(path, body, version=order["etag"])
    again = await counter.made(path, body, version=order["etag"])
    assert again["items"] == first["items"]


@pytest.mark.usefixtures("at_noon")
async def test_notes_are_kept_in_whatever_order_facts_come(database: Database) -> None:
    """Reliability promise 8: also before anything else of the order."""
    ro, job = uuid4(), uuid4()
    note = a_note(ro, job, "before")
    state = await every_order_leads_to_one_state(
        [note, a_note(ro, job, "after"), dispatched(job, ro, 1)],
        service="reception",
        hears=HEARS,
        database=database,
        metadata=Base.metadata,
    )
    assert {row["stage"] for row in state["workshop_notes"] if row["ro_id"] == ro} == {"before", "after"}
