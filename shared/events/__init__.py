"""The published language: one module per speaker, one class per fact, one golden file per class (tests/events).

A fact is said once, in the past tense, and never changed.  Its class holds the business fields (the body); what it is
about (aggregate, version, store) rides in the headers.  General facts carry ids only; `personal` facts name the hearers
that may bind them.  Only additive changes: a new meaning is a new version, spoken beside the old one.
"""

import inspect
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import from_json

from shared.fields import BasisPoints, StoreId

TYPE_PATTERN = r"^[a-z]+\.[a-z_]+\.v[1-9][0-9]*$"


class About(BaseModel):
    """What a fact is about: the aggregate (`subject`), its store, its `version` – rising with every fact within the speaker's
    `epoch` – and the repair order that ties the whole loop together (`correlation`)."""

    model_config = ConfigDict(frozen=True)
    subject: UUID
    version: Annotated[int, Field(ge=1)]
    store_id: StoreId
    correlation: UUID | None = None
    epoch: Annotated[int, Field(ge=1)] = 1
    """Stamped by the outbox when the fact is said."""

    @property
    def order(self) -> tuple[int, int]:
        """Newer facts of one aggregate compare greater."""
        return self.epoch, self.version


class Event(BaseModel):
    """Base of all facts.  Hearers ignore fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: ClassVar[Annotated[str, StringConstraints(pattern=TYPE_PATTERN)]]
    """`<speaker>.<fact>.v<n>`, as in the routing key behind the store."""
    personal: ClassVar[bool] = False
    hearers: ClassVar[frozenset[str]] = frozenset()
    """For personal facts: the only services that may hear them."""
    about: About = Field(exclude=True, repr=False)

    @classmethod
    def speaker(cls) -> str:
        return cls.type.partition(".")[0]

    @property
    def routing_key(self) -> str:
        return f"{self.about.store_id}.{self.type}"

    def body(self) -> str:
        """The business fields as JSON text."""
        return self.model_dump_json(exclude={"about"})

    @classmethod
    def heard(cls, about: About, body: bytes | str) -> Self:
        """Read a body that came over the wire; pydantic's ValidationError when it does not fit."""
        fields: Any = from_json(body)
        if not isinstance(fields, dict):
            raise ValueError("the body is not a JSON object")  # noqa: TRY004  (readers catch ValueError)
        return cls.model_validate({**fields, "about": about})


class Part(BaseModel):
    """A piece of a fact's body (a line, a share)."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Payer = Literal["customer", "warranty", "insurance", "internal"]


class PayerShare(Part):
    """Who pays which share of a line; the shares of a line add up to 10,000."""

    payer: Payer
    share_bp: BasisPoints


def catalogue() -> dict[str, type[Event]]:
    """Every fact of every speaker by its type; ValueError when two classes claim one type."""
    from shared.events import claims, followup, parts, reception, sales, workshop

    found: dict[str, type[Event]] = {}
    for speaker in (reception, workshop, parts, followup, claims, sales):
        for _, kind in inspect.getmembers(speaker, inspect.isclass):
            if issubclass(kind, Event) and "type" in vars(kind) and kind.__module__.startswith(speaker.__name__):
                if kind.type in found:
                    raise ValueError(f"two classes claim {kind.type}")
                found[kind.type] = kind
    return found
