"""Keeping the catalogue of operations."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.operations import AddOperation, ChangeOperation
from services.reception.domain import Operation
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


def _told(command: ChangeOperation) -> dict[str, Any]:
    hours = {each.model or ANY_MODEL: each.flat_hours_milli for each in command.flat_hours}
    return command.model_dump(include={"name_zh", "name_en", "trade", "safety_critical"}) | {"flat_hours": hours}
