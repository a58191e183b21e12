"""A sample of every fact, always the same; `python -m tests.events.samples` writes the golden files that are missing.

A golden file is never rewritten: it stands for messages that lie in somebody's queue.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel

from shared.events import About, Event, catalogue, envelope
from shared.events.reception import LiabilityLeg, LiabilityMoved
from shared.events.workshop import QualityPassed

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
NAMESPACE = UUID("01a1ff00-0000-7000-8000-000000000000")
WORDS = {
    "ro_no": "SH01-20261121-0007", "invoice_no": "SH01-I-20261121-0003", "claim_no": "SH01-C-20261121-0002",
    "opened_on": "2026-11-21", "in_service_on": "2025-03-08", "op_code": "BRK-101", "part_no": "PAD-7731",
    "concern_code": "C-204", "fault_code": "Q-12", "reason_code": "W-31", "category": "quality", "method": "mobile",
    "advisor": "chen.jing", "technician": "lin.wei", "inspector": "zhao.min", "bay": "B03",
    "cause": "front pads worn to 2 mm", "correction": "pads replaced, brakes bled",
    "vin": "LSVAA4182E2184847", "plate": "沪A12345", "brand": "Roewe", "model": "i5", "nature": "private",
    "name": "王芳", "phone": "13800138000", "channel": "phone", "consents": "marketing", "quiet_from": "12:00",
    "quiet_until": "14:00", "day": "2026-11-21", "skill": "mechanical", "bay_group": "lift", "services": "minor-service",
    "order_kind": "repair", "code": "glass-chip", "failed_checks": "horn", "signed_sha256": "9f" * 32,
    "next_service_on": "2027-05-20", "first_maintenance_on": "2026-12-20", "credit_note_no": "SH01-R20261121-0001",
    "because": "break", "vendor": "Huaxin glass", "document_no": "HX-2026-118", "expected_on": "2026-11-30",
    "from_technician": "wu.gang", "from_bay": "B01",
    "checklist": "six-s", "due_on": "2026-11-21", "item": "shine",
    "kind": "person", "name_zh": "前刹车片", "name_en": "Front brake pads", "unit": "set", "finding": "rear pads worn to 3 mm",
    "point": "pads-rear",
}  # fmt: skip
REAL: dict[type[BaseModel], dict[str, Any]] = {
    QualityPassed: {"checks": {"self": "lin.wei", "team": "wu.gang"}},
    LiabilityMoved: {
        "kind": "redemption",
        "method": "stored_value",
        "legs": [
            LiabilityLeg(account="principal", unit="fen", amount=-6_421),
            LiabilityLeg(account="redeemed", unit="fen", amount=6_421),
        ],
    },
}
"""Fields whose values only mean something together."""


def sample(kind: type[Event]) -> Event:
    """One fact of this kind."""
    about = About(subject=_id(kind, "subject"), version=3, store_id="sh01", correlation=_id(kind, "correlation"))
    return kind(about=about, **_fields(kind))


def message(said: Event) -> dict[str, Any]:
    """Headers and body as they travel."""
    kind = type(said)
    return {
        "headers": envelope.headers(
            id=_id(kind, "id"),
            type=kind.type,
            time=AT,
            about=said.about,
            causation=_id(kind, "causation"),
            actor=f"service:{kind.speaker()}",
            business_date=date(2026, 11, 21).isoformat(),
            traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        "body": json.loads(said.body()),
    }


def _fields(kind: type[BaseModel]) -> dict[str, Any]:
    real = REAL.get(kind, {})
    made = {name: field.annotation for name, field in kind.model_fields.items() if name not in ("about", *real)}
    return real | {name: _value(kind, name, form) for name, form in made.items()}


def _value(kind: type[BaseModel], name: str, form: Any) -> Any:
    origin, parts = get_origin(form), get_args(form)
    match origin or form:
        case types if types in (Union, UnionType):
            return _value(kind, name, next(part for part in parts if part is not NoneType))
        case types if types is Annotated:
            return _value(kind, name, parts[0])
        case types if types is Literal:
            return parts[0]
        case types if types is list:
            return [_value(kind, name, parts[0])]
        case types if types is dict:
            return {"friendliness": 9, "quality": 4}
        case types if types is UUID:
            return _id(kind, name)
        case types if types in (datetime, AwareDatetime):
            return AT
        case types if types is date:
            return AT.date()
        case types if types is bool:
            return True
        case types if types is int:
            return 10_000 if name == "share_bp" else 1_300 if name == "tax_bp" else 1 + sum(map(ord, name)) * 37 % 9_000
        case types if types is str:
            return WORDS[name]
        case types if issubclass(types, BaseModel):
            return types(**_fields(types))
    raise TypeError(f"no sample for {kind.__name__}.{name}")


def _id(kind: type[BaseModel], name: str) -> UUID:
    return uuid5(NAMESPACE, f"{kind.__name__}.{name}")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for type_, fact in catalogue().items():
        if not (file := GOLDEN / f"{type_}.json").exists():
            file.write_text(json.dumps(message(sample(fact)), ensure_ascii=False, indent=2) + "\n")
