"""A priced line of work, as proposed in an estimate and as authorised in a repair order."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.prices import discount_between
from services.reception.domain.services import SERVICES
from shared.database import Effect, OfStore, new_id
from shared.money import WHOLE_BP, split_line
from shared.refusal import Invalid

LARGEST_AMOUNT_FEN = 10**13
NO_PAYER_OF_SERVICES = "warranty"
"""Claims asks the maker for jobs and parts only."""


def amount_of(thousandths: int, unit_price_fen: int) -> int:
    """Fen for a quantity in thousandths at a price for one unit, rounded half up once."""
    return (thousandths * unit_price_fen + 500) // 1000


class PricedLine(Effect, OfStore):
    """Labour (flat-rate hours × price of an hour) or a part (quantity × unit price), tax included, with its payers."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str]
    """`labour`, `part`, or one of `SERVICES`"""
    op_code: Mapped[str | None]
    part_no: Mapped[str | None]
    labour_line_id: Mapped[UUID | None]
    """For a part: the labour line that it serves."""
    description: Mapped[str]
    concern_code: Mapped[str | None]
    flat_hours_milli: Mapped[int | None]
    quantity_milli: Mapped[int | None]
    unit_price_fen: Mapped[int]
    amount_fen: Mapped[int]
    tax_bp: Mapped[int]
    payers: Mapped[list[dict[str, Any]]]
    """[{"payer", "share_bp"}], 10,000 in sum"""
    deductible_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    """What the customer pays of the amount before the payers share the rest."""
    list_price_fen: Mapped[int | None]
    """What the price list asked for one unit when the line was priced; None where it knew no price."""
    discount_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    """How far the unit price lies below the list's."""
    price_list_id: Mapped[UUID | None]
    """The version of the policy `prices` that a listed line was priced by; None: what holds where nobody set one."""
    list_hours_milli: Mapped[int | None]
    """The catalogue's hours for the car, whatever the line counts."""
    package_code: Mapped[str | None]
    """The package that brought the line."""
    package_amount_fen: Mapped[int | None]
    """The line's share of a package's price, which is its amount then."""
    vendor: Mapped[str | None]
    """Of sublet work: the firm that does it."""
    cost_fen: Mapped[int | None]
    """What that firm asks of the house."""
    fee_fen: Mapped[int | None]
    """Of an agency service: the house's own fee; the rest of the price is passed through."""
    third_party_fen: Mapped[int | None]
    """What is passed through to the third party."""
    commission_fen: Mapped[int | None]
    """What the house earns of that third party."""
    due_on: Mapped[date | None]
    """When a service was promised to be done."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"deductible_fen": 0, "discount_bp": 0, **fields})

    @property
    def code(self) -> str:
        """The operation's code, the part's number or the agency service."""
        return self.op_code or self.part_no or ""

    @property
    def is_service(self) -> bool:
        """Whether no job of the house carries it out."""
        return self.kind in SERVICES

    @property
    def listed_fen(self) -> int | None:
        """What the list asks for the line; None where it knows no price."""
        if self.list_price_fen is None:
            return None
        return amount_of(self.list_hours_milli or self.flat_hours_milli or self.quantity_milli or 0, self.list_price_fen)

    @property
    def below_list_bp(self) -> int:
        """How far the line lies below the list; fewer hours than the catalogue's count like a lower price."""
        if self.listed_fen is None or self.list_hours_milli in (None, self.flat_hours_milli):
            return self.discount_bp
        return discount_between(self.listed_fen, self.amount_fen)

    @property
    def above_list(self) -> bool:
        """Whether the line costs more than the list says, by its price or by its hours."""
        if self.listed_fen is None or self.list_price_fen is None:
            return False
        longer = self.list_hours_milli not in (None, self.flat_hours_milli) and self.amount_fen > self.listed_fen
        return longer or self.unit_price_fen > self.list_price_fen

    def wording(self) -> dict[str, Any]:
        """What is agreed about the line.  What lines did not have in former releases stands in it only where it says
        something, so that what was agreed then reads, and is digested, as it was."""
        later = {name: value for name in LATER if (value := getattr(self, name)) not in (None, 0)}
        return {name: getattr(self, name) for name in WORDING} | later

    @property
    def price_terms(self) -> dict[str, Any]:
        """What its price is made of."""
        return {name: getattr(self, name) for name in PRICE_TERMS}

    def price(self) -> None:
        """Work out the amount; Invalid where the line cannot be agreed on: `line_without_payer`, `payer_shares_wrong`,
        `payer_repeated`, `payer_not_for_services`, `amount_too_large`."""
        self._check_payers()
        quantity = self.flat_hours_milli if self.kind == "labour" else self.quantity_milli
        self.amount_fen = self.unit_price_fen if self.is_service else amount_of(quantity or 0, self.unit_price_fen)
        if self.package_amount_fen is not None:
            self.amount_fen = self.package_amount_fen
        if self.amount_fen > LARGEST_AMOUNT_FEN:
            raise self._invalid("unit_price_fen", "amount_too_large", "The line's amount is too large.")

    def _check_payers(self) -> None:
        shares = [share["share_bp"] for share in self.payers]
        if not shares:
            raise self._invalid("payers", "line_without_payer", "Somebody must pay for the line.")
        if sum(shares) != WHOLE_BP:
            raise self._invalid("payers", "payer_shares_wrong", "The payers' shares must add up to 10,000.")
        if len({share["payer"] for share in self.payers}) != len(shares):
            raise self._invalid("payers", "payer_repeated", "Each payer is named once.")
        if self.is_service and any(share["payer"] == NO_PAYER_OF_SERVICES for share in self.payers):
            detail = "The maker is claimed for jobs and parts only; let the house pay."
            raise self._invalid("payers", "payer_not_for_services", detail)

    def _invalid(self, field: str, code: str, detail: str) -> Invalid:
        return Invalid(f"{self.place}.{field}", code, detail)

    @property
    def place(self) -> str:
        """Where the request that brought the line speaks of it."""
        return f"body.lines.{self.__dict__.get('_asked_at', self.position)}"

    def asked_at(self, position: int) -> None:
        """The request speaks of it there, though other lines came before it."""
        self.__dict__["_asked_at"] = position

    @property
    def by_payer(self) -> dict[str, int]:
        """What each payer pays of the line, in fen; the sum is the amount (domain rules C5)."""
        return split_line(
            self.amount_fen, {share["payer"]: share["share_bp"] for share in self.payers}, self.deductible_fen or 0
        )

    def passed_through(self, share_fen: int) -> int:
        """How much of this share of the line's amount goes to a third party and bears no tax of the house, rounded down."""
        return share_fen * (self.third_party_fen or 0) // self.amount_fen if self.amount_fen else 0

    def paid_only_by(self, payer: str) -> bool:
        """Whether nobody else pays a share of this line."""
        return not self.deductible_fen and all(share["payer"] == payer for share in self.payers)


WORDING = (
    "kind", "op_code", "part_no", "labour_line_id", "description", "concern_code", "flat_hours_milli", "quantity_milli",
    "unit_price_fen", "amount_fen", "tax_bp", "payers", "deductible_fen",
)  # fmt: skip
LATER = (
    "list_price_fen", "discount_bp", "price_list_id", "list_hours_milli", "package_code", "package_amount_fen", "fee_fen",
    "third_party_fen", "due_on",
)  # fmt: skip
"""The fields of which what is agreed about a line consists; `LATER` came with a later release."""
PRICE_TERMS = ("unit_price_fen", "list_price_fen", "discount_bp", "price_list_id", "package_amount_fen")
"""The fields that change with the price."""
INTERNAL = ("vendor", "cost_fen", "commission_fen")
"""What the house keeps of a line to itself."""
