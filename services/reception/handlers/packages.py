"""Keeping the menu of packages."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.packages import AddPackage, ChangePackage
from services.reception.domain import Operation, Package
from services.reception.domain.packages import menu_of, refuse_muddled
from shared.refusal import Refused

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('packages'), hashtext(:store_id))")


async def add_package(store_id: str, command: AddPackage, session: AsyncSession) -> Package:
    """Put a new entry on a store's menu, or on the group's ('all').  Refused: `package_known`, `operation_unknown`."""
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    known = select(Package.id).where(Package.store_id == store_id, Package.code == command.code)
    if await session.scalar(known) is not None:
        raise Refused("package_known", "The menu has a package of this code; change it.", package_code=command.code)
    await _refuse_muddled(command, session)
    package = Package(store_id=store_id, **command.model_dump(mode="json"))
    session.add(package)
    await session.flush()
    return package


async def change_package(package_id: UUID, command: ChangePackage, session: AsyncSession) -> Package:
    """The entry is this from now on."""
    package = await session.get_one(Package, package_id)
    await _refuse_muddled(command, session)
    package.change(command.model_dump(mode="json"))
    return package


async def packages_named(store_id: str, codes: Iterable[str], session: AsyncSession) -> dict[str, Package]:
    """What the store offers under these codes."""
    return menu_of(await session.scalars(Package.of_store(store_id).where(Package.code.in_(set(codes)))))


async def _refuse_muddled(command: ChangePackage, session: AsyncSession) -> None:
    lines = [line.model_dump() for line in command.lines]
    named = [line.op_code for line in command.lines]
    refuse_muddled(lines, await session.scalars(select(Operation.op_code).where(Operation.op_code.in_(named))))
