"""What a customer signed can be proven, and any later change is found (电子签名法 Art. 5, 8)."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.reception.commands.signatures import Sign
from services.reception.domain import RepairOrder, Signature
from services.reception.handlers.signatures import sign
from services.reception.queries.signatures import unbroken
from shared.cause import Cause, bound
from shared.database import new_id
from tests.databases import as_role
from tests.reception.counter import Counter
from tests.reception.words import NOON
from tests.stack import Stack

ON_THE_TABLET = Sign(signer="王芳", strokes="M 1 1 L 5 9")


def two_signatures() -> list[Signature]:
    ro, made = new_id(), list[Signature]()
    for document, content in (("walk_around", {"fuel_bp": 5_000}), ("settlement", {"total_fen": 69_500})):
        last = made[-1] if made else None
        made.append(
            Signature.after(last, ro_id=ro, store_id="sh01", document=document, content=content, **ON_THE_TABLET.model_dump())
        )
    return made


@pytest.mark.usefixtures("at_noon")
def test_signatures_as_they_were_made_are_unbroken() -> None:
    assert unbroken(two_signatures())
    assert unbroken([])


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(
    "change",
    [
        {"content": {"fuel_bp": 5_001}}, {"sha256": "0" * 64}, {"signer": "李四"}, {"strokes": "M 0 0"},
        {"signed_at": NOON.replace(year=2025)}, {"document": "waiver"}, {"channel": "link"}, {"paper_no": "9"},
        {"previous_sha256": "1" * 64}, {"seq": 7},
    ],
)  # fmt: skip
def test_whatever_is_changed_afterwards_is_found(change: dict[str, Any]) -> None:
    signatures = two_signatures()
    for name, value in change.items():
        setattr(signatures[0], name, value)
    assert not unbroken(signatures)


@pytest.mark.usefixtures("at_noon")
def test_a_removed_signature_is_found() -> None:
    assert not unbroken(two_signatures()[1:])


@pytest.mark.parametrize("body", [{"channel": "tablet"}, {"channel": "paper"}, {"strokes": "<script>"}])
def test_nobody_signs_with_nothing(body: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Sign.model_validate({"signer": "王芳", **body})


async def test_the_database_keeps_signatures_as_they_are(counter: Counter, stack: Stack) -> None:
    """The service itself may add and read them, never change one; dispatchers see that, not who and what."""
    order = await counter.a_check_in()
    async with counter.database.hearing.begin() as session:
        with bound(Cause(new_id(), "user:test", ("*",))):
            kept = await session.get_one(RepairOrder, UUID(order["id"]), with_for_update=True)
            for number in range(2):
                await sign(kept, "walk_around", {"number": number, "words": "刹车有异响"}, ON_THE_TABLET, session)
    told = (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()
    assert [item["seq"] for item in told["items"]] == [1, 2]
    assert told["unbroken"] and told["items"][0]["signer"] == "王芳"
    masked = (await counter.get(f"/repair-orders/{order['id']}/signatures", "dispatcher")).json()
    assert [(item["signer"], item["content"], item["intact"]) for item in masked["items"]] == [(None, None, True)] * 2
    assert "strokes" not in told["items"][0]

    async with as_role("reception", "reception", stack.settings, **{"app.stores": "*"}) as service:
        for statement in ("UPDATE signatures SET signer = 'x'", "DELETE FROM signatures"):
            with pytest.raises(Exception, match="permission denied"):
                await service.execute(statement)
