"""Keeping the catalogue of operations."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.operations import AddOperation, ChangeOperation
from services.reception.domain import Operation, PricedLine
from services.reception.domain.operations import ANY_MODEL
from shared.refusal import Refused

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('operations'), hashtext(:op_code))")


async def add_operation(command: AddOperation, session: AsyncSession) -> Operation:
    """Put a new entry into the catalogue.  Refused: `operation_known`."""
    await session.execute(_ONE_AT_A_TIME, {"op_code": command.op_code})
    if await session.get(Operation, command.op_code) is not None:
        raise Refused("operation_known", "The catalogue has this operation; change it.", op_code=command.op_code)
    operation = Operation(op_code=command.op_code, **_told(command))
    session.add(operation)
    return operation


async def change_operation(op_code: str, command: ChangeOperation, session: AsyncSession) -> Operation:
    """The entry is this from now on."""
    operation = await session.get_one(Operation, op_code)
    operation.change(_told(command))
    return operation


async def safety_items(lines: Iterable[PricedLine], session: AsyncSession) -> dict[UUID, str]:
    """The lines without which the car is not safe, as the catalogue says, with that grade."""
    jobs = {line.id: line.op_code for line in lines if line.kind == "labour"}
    critical = select(Operation.op_code).where(Operation.op_code.in_(set(jobs.values())), Operation.safety_critical)
    found = set(await session.scalars(critical))
    return {line_id: "safety" for line_id, op_code in jobs.items() if op_code in found}


def _told(command: ChangeOperation) -> dict[str, Any]:
    hours = {each.model or ANY_MODEL: each.flat_hours_milli for each in command.flat_hours}
    return command.model_dump(include={"name_zh", "name_en", "trade", "safety_critical"}) | {"flat_hours": hours}
