"""Reading the public menu."""

from collections.abc import Sequence

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Operation, Package
from services.reception.domain.menu import TradeOnMenu, public_menu
from services.reception.domain.operations import ANY_MODEL
from services.reception.domain.packages import menu_of
from services.reception.queries.operations import operations
from services.reception.queries.prices import price_list_for


def operations_on_menu(model: str | None) -> Select[Operation]:
    """All operations, or those with hours for this model."""
    return operations(q=None, trade=None, model=model)


async def menu_for(
    store_id: str, model: str | None, found: Sequence[Operation], *, with_packages: bool, session: AsyncSession
) -> list[TradeOnMenu]:
    """The store's trades with these operations and, once, with all packages."""
    packages: list[Package] = []
    if with_packages:
        packages = list(menu_of(await session.scalars(Package.of_store(store_id))).values())
    codes = (code for package in packages for code in package.codes)
    prices = await price_list_for(store_id, model or ANY_MODEL, codes, session)
    return public_menu(prices, model, found, packages)
