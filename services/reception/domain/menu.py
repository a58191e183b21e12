"""The public menu of services (收费公示, R5): what stands on the wall for everybody, and nothing but prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from services.reception.domain.lines import amount_of
from services.reception.domain.operations import ANY_MODEL, Operation
from services.reception.domain.packages import Package
from services.reception.domain.price_lists import PriceList
from shared.fields import Trade

NAMES: Mapping[Trade, tuple[str, str]] = MappingProxyType(
    {
        "mechanical": ("机修", "Mechanical"),
        "body": ("钣金", "Body work"),
        "paint": ("油漆", "Paint"),
        "detailing": ("美容", "Detailing"),
        "accessories": ("精品加装", "Accessories"),
        "glass": ("玻璃", "Glass"),
        "tyres": ("轮胎", "Tyres"),
    }
)
"""Each trade in Chinese and English."""


@dataclass(frozen=True, slots=True)
class PriceForModel:
    """What an operation costs, tax included; model None: on all that are not named."""

    model: str | None
    price_fen: int


@dataclass(frozen=True, slots=True)
class OnMenu:
    """One operation or package with its prices."""

    of: Operation | Package
    prices: tuple[PriceForModel, ...]


@dataclass(frozen=True, slots=True)
class TradeOnMenu:
    """One trade: the price of its hour, its operations and packages."""

    trade: Trade
    name_zh: str
    name_en: str
    hour_fen: int
    operations: list[OnMenu]
    packages: list[OnMenu]


def public_menu(
    prices: PriceList, model: str | None, operations: Sequence[Operation], packages: Iterable[Package]
) -> list[TradeOnMenu]:
    """All trades, each with what customers pay; of one model where one is asked for."""
    listed = [package for package in packages if model is None or package.fits(model)]
    return [
        TradeOnMenu(
            trade=trade,
            name_zh=NAMES[trade][0],
            name_en=NAMES[trade][1],
            hour_fen=prices.terms.hour(trade, "customer"),
            operations=[
                OnMenu(operation, _prices(operation, model, prices)) for operation in operations if operation.trade == trade
            ],
            packages=[
                OnMenu(package, tuple(_package_prices(package, model, prices))) for package in listed if package.trade == trade
            ],
        )
        for trade in get_args(Trade)
    ]


def _prices(operation: Operation, model: str | None, prices: PriceList) -> tuple[PriceForModel, ...]:
    hour_fen = prices.terms.hour(operation.trade, "customer")
    if model is not None:
        hours = operation.hours_for(model)
        return () if hours is None else (PriceForModel(model, amount_of(hours, hour_fen)),)
    return tuple(
        PriceForModel(None if of == ANY_MODEL else of, amount_of(hours, hour_fen))
        for of, hours in sorted(operation.flat_hours.items())
    )


def _package_prices(package: Package, model: str | None, prices: PriceList) -> Iterable[PriceForModel]:
    for of in (model,) if model is not None else package.models or (None,):
        price_fen = package.price_fen if package.price_fen is not None else package.price_by(prices.for_model(of or ANY_MODEL))
        if price_fen is not None:
            yield PriceForModel(of, price_fen)
