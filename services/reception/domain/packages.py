"""Maintenance packages (保养套餐): the menu by kilometres and months – operations and parts under one code, at one price or at
the sum of their lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import Field
from sqlalchemy import CheckConstraint, Index, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.deliveries import months_after
from services.reception.domain.lines import amount_of
from services.reception.domain.policies import Terms
from services.reception.domain.price_lists import PriceList
from services.reception.domain.tables import Base
from shared.database import Aggregate
from shared.fields import BasisPoints, Trade
from shared.money import WHOLE_BP, spread
from shared.policies import ALL
from shared.refusal import Invalid, Refused


class PackageTerms(Terms, name="packages"):
    """How early a package is suggested to who is here anyway."""

    early_bp: BasisPoints = 1_000
    """Of its kilometres."""
    early_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 30
    """Before its months are over."""


@dataclass(frozen=True, slots=True)
class Due:
    """A package that the car wants now; `since_km` and `since_on` tell when it had it last (None: never, counted from new)."""

    package: "Package"
    by_km: bool
    by_months: bool
    run_km: int
    since_km: int | None
    since_on: date | None


class Package(Aggregate, Base):
    """One entry of a store's menu, or (`store_id` 'all') of the group's, which a store's own of the same code goes before."""

    __tablename__ = "packages"
    __table_args__ = (
        CheckConstraint("every_km > 0 AND every_months > 0 AND price_fen >= 0", name="figures"),
        Index("uq_packages_code", "store_id", "code", unique=True),
        Index("ix_packages_code", "code", "id"),
    )
    code: Mapped[str] = mapped_column(Text(collation="C"))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    trade: Mapped[Trade] = mapped_column(Text())
    models: Mapped[list[str]]
    """The models that it is for; empty: all."""
    every_km: Mapped[int | None]
    every_months: Mapped[int | None]
    price_fen: Mapped[int | None]
    """The price of all of it, tax included; None: what its lines cost by the list."""
    lines: Mapped[list[dict[str, Any]]]
    """[{"op_code", "parts": [{"part_no", "quantity_milli"}]}]"""
    offered: Mapped[bool]
    """Whether it is on the menu."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"offered": True, **fields})
        self.version = 1

    @classmethod
    def of_store(cls, store_id: str) -> Select[Self]:
        """What the store may offer, its own and the group's; see `menu_of`."""
        return select(cls).where(cls.store_id.in_((store_id, ALL))).order_by(cls.code, (cls.store_id == ALL).desc())

    def change(self, told: Mapping[str, Any]) -> None:
        """The entry is this from now on; what was estimated before stays as it is."""
        for name, value in told.items():
            setattr(self, name, value)
        self.version += 1

    @property
    def codes(self) -> list[str]:
        """Its operations and parts."""
        return [code for line in self.lines for code in (line["op_code"], *(part["part_no"] for part in line["parts"]))]

    def fits(self, model: str) -> bool:
        """Whether it is for cars of this model."""
        return not self.models or model in self.models

    def wordings(self, place: str, told: Mapping[str, Any], prices: PriceList) -> list[dict[str, Any]]:
        """Its lines as they stand in an estimate, each operation before its parts; those name in `serves` which one they serve.
        `told`: who pays, and for which concern.  The sum of the amounts is the package's price where it has one.

        Invalid: `package_not_for_model`, `package_not_priceable`."""
        if not self.fits(prices.model):
            raise Invalid(place, "package_not_for_model", "The package is not for this model.", models=self.models)
        if unknown := self._unpriced(prices):
            raise Invalid(place, "package_not_priceable", "The lists lack hours or prices of it.", codes=unknown)
        lines = [
            prices.complete(place, {**_BARE, **told, "package_code": self.code, "serves": serves, **line})
            for serves, line in _flat(self.lines)
        ]
        return lines if self.price_fen is None else _at_one_price(self.price_fen, lines)

    def price_by(self, prices: PriceList) -> int | None:
        """What a customer pays for it, tax included; None where the lists do not know it all."""
        if self._unpriced(prices) or not self.fits(prices.model):
            return None
        return sum(_amount(line) for line in self.wordings("", {"payers": CUSTOMER}, prices))

    def _unpriced(self, prices: PriceList) -> list[str]:
        return [line.get("op_code") or line["part_no"] for _, line in _flat(self.lines) if not _priced(line, prices)]

    def due(
        self, odometer_km: int, today: date, *, since_km: int | None, since_on: date | None, new_on: date | None,
        terms: PackageTerms,
    ) -> Due | None:  # fmt: skip
        """Whether the car wants it now that it has this odometer; it had the package last at `since_km` on `since_on`."""
        run_km, from_on = odometer_km - (since_km or 0), since_on or new_on
        by_km = self.every_km is not None and run_km * WHOLE_BP >= self.every_km * (WHOLE_BP - terms.early_bp)
        by_months = (
            self.every_months is not None
            and from_on is not None
            and today >= months_after(from_on, self.every_months) - timedelta(days=terms.early_days)
        )
        return Due(self, by_km, by_months, run_km, since_km, since_on) if by_km or by_months else None


CUSTOMER: list[dict[str, Any]] = [{"payer": "customer", "share_bp": WHOLE_BP}]
_BARE: Mapping[str, Any] = {
    "description": None, "unit_price_fen": None, "discount_bp": None, "tax_bp": None, "flat_hours_milli": None,
    "deductible_fen": 0, "concern_code": None,
}  # fmt: skip


def menu_of(packages: Iterable[Package]) -> dict[str, Package]:
    """What is offered, by code, of packages ordered as in `Package.of_store`."""
    return {code: package for code, package in {each.code: each for each in packages}.items() if package.offered}


def refuse_muddled(lines: Sequence[Mapping[str, Any]], known: Iterable[str]) -> None:
    """Invalid: `operation_repeated`; Refused: `operation_unknown` for one that the catalogue does not have."""
    named = [line["op_code"] for line in lines]
    for position, op_code in enumerate(named):
        if op_code in named[:position]:
            raise Invalid(f"body.lines.{position}.op_code", "operation_repeated", "Each operation is named once.")
    if unknown := sorted(set(named) - set(known)):
        raise Refused("operation_unknown", "The catalogue lacks operations of this package.", op_codes=unknown)


def _flat(lines: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str | None, dict[str, Any]]]:
    for line in lines:
        yield None, {"kind": "labour", "op_code": line["op_code"]}
        for part in line["parts"]:
            yield line["op_code"], {"kind": "part", "part_no": part["part_no"], "quantity_milli": part["quantity_milli"]}


def _priced(line: Mapping[str, Any], prices: PriceList) -> bool:
    found = prices.find(line["kind"], line.get("op_code") or line["part_no"], CUSTOMER)
    return (
        found is not None
        and found.unit_price_fen is not None
        and (line["kind"] == "part" or found.flat_hours_milli is not None)
    )


def _at_one_price(price_fen: int, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The price spread over the lines as the lists weigh them; one unit of each costs what that makes, half up."""
    shares = spread(price_fen, [_amount(line) for line in lines])
    priced = []
    for line, share_fen in zip(lines, shares, strict=True):
        unit = (share_fen * 1_000 + _quantity(line) // 2) // _quantity(line)
        priced.append(line | {"unit_price_fen": unit, "list_price_fen": unit, "package_amount_fen": share_fen})
    return priced


def _quantity(line: Mapping[str, Any]) -> int:
    found: int = line["flat_hours_milli"] if line["kind"] == "labour" else line["quantity_milli"]
    return found


def _amount(line: Mapping[str, Any]) -> int:
    share: int | None = line.get("package_amount_fen")
    return amount_of(_quantity(line), line["unit_price_fen"]) if share is None else share
