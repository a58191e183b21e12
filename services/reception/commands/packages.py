"""What can be asked about packages; units are in the names."""

from typing import Annotated

from pydantic import Field, StrictBool, model_validator

from services.reception.commands.fields import MaintenanceKm, Months
from shared.fields import Body, Code, Fen, QuantityMilli, ShortText, Trade


class PackagePart(Body):
    """A part of the package."""

    part_no: Code
    quantity_milli: QuantityMilli


class PackageOperation(Body):
    """An operation of the package with the parts that it takes."""

    op_code: Code
    parts: Annotated[tuple[PackagePart, ...], Field(max_length=20)] = ()


class ChangePackage(Body):
    """What a package is."""

    name_zh: ShortText
    name_en: ShortText
    trade: Trade = "mechanical"
    models: Annotated[tuple[ShortText, ...], Field(max_length=100)] = ()
    """Left out: for all models."""
    every_km: MaintenanceKm | None = None
    every_months: Months | None = None
    price_fen: Fen | None = None
    """With tax; left out: what its lines cost by the list."""
    lines: Annotated[tuple[PackageOperation, ...], Field(min_length=1, max_length=20)]
    offered: StrictBool = True

    @model_validator(mode="after")
    def _each_model_once(self) -> "ChangePackage":
        if len(set(self.models)) != len(self.models):
            raise ValueError("each model is named once")
        return self


class AddPackage(ChangePackage):
    """A new entry of the menu."""

    code: Code
