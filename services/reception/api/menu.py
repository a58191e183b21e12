"""The public menu over HTTP: services and prices, open to everybody."""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response

from services.reception.domain import Operation
from services.reception.domain.menu import OnMenu, TradeOnMenu
from services.reception.queries import menu as asked
from shared.fields import ShortText, StoreId, Trade, View
from shared.service import Lobby, Paged, page_of, public

router = APIRouter(tags=["menu"])


class MenuPriceView(View):
    """Tax included; without a model: for all that are not named."""

    model: str | None
    price_fen: int


class MenuOperationView(View):
    """An operation without its parts."""

    code: str
    name_zh: str
    name_en: str
    prices: list[MenuPriceView]

    @classmethod
    def of(cls, entry: OnMenu) -> Self:
        code = entry.of.op_code if isinstance(entry.of, Operation) else entry.of.code
        prices = [MenuPriceView.model_validate(price) for price in entry.prices]
        return cls(code=code, name_zh=entry.of.name_zh, name_en=entry.of.name_en, prices=prices)


class MenuPackageView(MenuOperationView):
    """A package with its parts, and when a car wants it."""

    every_km: int | None = None
    every_months: int | None = None

    @classmethod
    def of(cls, entry: OnMenu) -> Self:
        when = (
            {} if isinstance(entry.of, Operation) else {name: getattr(entry.of, name) for name in ("every_km", "every_months")}
        )
        return super().of(entry).model_copy(update=when)


class TradeView(View):
    """A trade and the price of one flat-rate hour of it, tax included."""

    trade: Trade
    name_zh: str
    name_en: str
    hour_price_fen: int
    operations: list[MenuOperationView]
    packages: list[MenuPackageView]

    @classmethod
    def of(cls, found: TradeOnMenu) -> Self:
        return cls(
            trade=found.trade,
            name_zh=found.name_zh,
            name_en=found.name_en,
            hour_price_fen=found.hour_fen,
            operations=[MenuOperationView.of(entry) for entry in found.operations],
            packages=[MenuPackageView.of(entry) for entry in found.packages],
        )


class MenuView(View):
    """All trades; `next` leads to further operations, the packages stand on the first page."""

    store_id: str
    trades: list[TradeView]
    next: str | None


@router.get("/stores/{store_id}/menu", response_model=MenuView)
async def read_menu(
    store_id: StoreId,
    page: Paged,
    lobby: Annotated[Lobby, public("prices are disclosed to everybody")],
    model: Annotated[ShortText | None, Query(description="What it costs for this model")] = None,
) -> Response:
    """What the store's services cost (收费公示)."""
    async with lobby.reading(store_id) as session:
        wanted = asked.operations_on_menu(model)
        keys = [Operation.trade, Operation.op_code]
        rows, following = await page_of(session, wanted, keys, page, descending=False)
        trades = await asked.menu_for(store_id, model, rows, with_packages=not page.after, session=session)
    view = MenuView(store_id=store_id, trades=[TradeView.of(trade) for trade in trades], next=following)
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(view.model_dump_json(), media_type="application/json", headers=headers)
