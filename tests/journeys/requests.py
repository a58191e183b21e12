"""What a request must say and bring besides who asks, per documented way into a service."""

from typing import Any

from tests.pictures import a_picture

MOMENT = "2026-11-21T08:00:00+08:00"
LABOUR = {
    "kind": "labour", "ref": "L1", "op_code": "brakes", "description": "brakes", "flat_hours_milli": 500,
    "unit_price_fen": 18_000, "payers": [{"payer": "customer", "share_bp": 10_000}],
}  # fmt: skip
OPERATION = {"name_zh": "九", "name_en": "nine", "trade": "glass", "flat_hours": [{"flat_hours_milli": 1}]}
PACKAGE = {"name_zh": "九", "name_en": "nine", "lines": [{"op_code": "mechanical-maintenance"}]}
SIGNED = {"signer": "Zhao Lei", "strokes": "M 1 1 L 2 2"}
CONTACT = {"name": "Zhao Lei", "phone": "13900000000", "consent": True}
VEHICLE = {"plate": "沪B00001", "brand": "Shenlan", "model": "S7", "customer_id": "{customer_id}"}
BULLETINS = {
    "bulletins": [
        {"number": "TB-9", "title_zh": "九", "title_en": "nine", "text_zh": "九", "text_en": "nine",
         "models": ["S7"], "valid_from_on": "2026-11-21"},
    ],
}  # fmt: skip
CHECKLIST = {
    "code": "nine", "kind": "safety", "name_zh": "九", "name_en": "nine",
    "items": [{"code": "nine", "name_zh": "九", "name_en": "nine"}], "every_days": 1, "due_minute": 720,
    "answers_role": "technician", "from_on": "2199-01-01",
}  # fmt: skip
WANTING = {"result": "not_ok", "severity": "minor", "to_do": "sweep"}
BODIES: dict[str, dict[str, Any]] = {
    "/stores/{store_id}/customers": CONTACT,
    "/stores/{store_id}/vehicles": {**VEHICLE, "vin": "LSVAA4187E2184847"},
    "/stores/{store_id}/check-ins": {
        "vehicle_id": "{vehicle_id}", "customer_id": "{customer_id}", "words": "noise", "odometer_km": 60_000, "fuel_bp": 0,
    },
    "/stores/{store_id}/rescue-calls": {
        "caller_name": "Zhao Lei", "caller_phone": "13900000000", "location": "G60 km 42", "words": "no start",
    },
    "/rescue-calls/{rescue_call_id}/dispatch": {"responder": "T9"},
    "/rescue-calls/{rescue_call_id}/outcome": {"outcome": "towed"},
    "/rescue-calls/{rescue_call_id}/cancellation": {"reason": "runs again"},
    "/rescue-calls/{rescue_call_id}/closing": {"reason": "towed home"},
    "/repair-orders/{ro_id}/estimates": {"lines": [LABOUR]},
    "/repair-orders/{ro_id}/cancellation": {"reason_code": "too_expensive"},
    "/repair-orders/{ro_id}/authorisation": {"channel": "phone", "evidence": "call 1", "authorised_by": "Zhao Lei"},
    "/repair-orders/{ro_id}/inquiry": {"words": "noise", "read_back": True},
    "/repair-orders/{ro_id}/walk-around": {
        "checks": [], "fuel_bp": 0, "valuables_reminded": True, "covers_fitted": True, "customer_absent": "towed in",
    },
    "/repair-orders/{ro_id}/dispute-notes": {"words": "not mine"},
    "/repair-orders/{ro_id}/waiting": {"waits": False},
    "/vehicles/{vehicle_id}/flags": {"kind": "note", "code": "VIP", "text": "drinks tea"},
    "/vehicle-flags/{flag_id}/clearing": {"reason": "a mistake"},
    "/stores/{store_id}/approvals": {"kind": "discount", "subject_id": "{ro_id}", "values": {}, "reason": "loyal customer"},
    "/approvals/{approval_id}/decision": {"granted": False},
    "/stores/{store_id}/policies/{name}": {"value": {}},
    "/policies": {"name": "test_policy", "value": {}},
    "/invoices/{invoice_id}/payments": {"method": "cash", "amount_fen": 1},
    "/stores/{store_id}/members": {"customer_id": "{customer_id}"},
    "/stores/{store_id}/members/{member_id}/top-ups": {"method": "cash", "amount_fen": 1},
    "/stores/{store_id}/members/{member_id}/package-cards": {
        "name": "card", "price_fen": 1, "method": "cash", "valid_until": "2199-01-01T00:00:00+08:00",
        "lines": [{"op_code": "brakes", "times": 1, "list_price_fen": 1}],
    },
    "/stores/{store_id}/members/{member_id}/vouchers": {
        "face_fen": 1, "valid_until": "2199-01-01T00:00:00+08:00", "reason": "typo",
    },
    "/stores/{store_id}/members/{member_id}/refunds": {"method": "cash", "amount_fen": 1, "reason": "typo"},
    "/stores/{store_id}/members/{member_id}/package-cards/{card_id}/refund": {"method": "cash", "reason": "typo"},
    "/stores/{store_id}/members/{member_id}/ending": {"reason": "typo"},
    "/repair-orders/{ro_id}/lines/{line_id}/payers": {"payers": LABOUR["payers"], "reason_code": "typo"},
    "/repair-orders/{ro_id}/lines/{line_id}/completion": {"document_no": "P-1"},
    "/operations": OPERATION | {"op_code": "P9"},
    "/operations/{op_code}": OPERATION,
    "/stores/{store_id}/packages": PACKAGE | {"code": "P9"},
    "/packages": PACKAGE | {"code": "P9"},
    "/packages/{package_id}": PACKAGE,
    "/repair-orders/{ro_id}/lines/{line_id}/cancellation": {"reason_code": "typo"},
    "/repair-orders/{ro_id}/promise": {"promised_at": MOMENT, "reason_code": "typo"},
    "/repair-orders/{ro_id}/settlement-signature": SIGNED,
    "/repair-orders/{ro_id}/deposits": {"method": "cash", "amount_fen": 1},
    "/deposits/{deposit_id}/refunds": {"method": "cash", "amount_fen": 1, "reason": "typo"},
    "/invoices/{invoice_id}/payments/{payment_id}/refunds": {"method": "cash", "amount_fen": 1, "reason": "typo"},
    "/invoices/{invoice_id}/credit-notes": {"reason_code": "typo"},
    "/customers/{customer_id}/terms": {"account_terms": True},
    "/supplements/{supplement_id}/estimate": {
        "lines": [{"line_id": "{line_id}", "description": "x", "unit_price_fen": 1, "payers": LABOUR["payers"]}],
    },
    "/supplements/{supplement_id}/decision": {"channel": "phone", "evidence": "call 1", "authorised_by": "Zhao Lei"},
    "/jobs/{job_id}/supplements": {
        "lines": [{"kind": "part", "part_no": "P9", "quantity_milli": 1, "severity": "advice", "finding": "worn"}],
    },
    "/stores/{store_id}/appointments": {
        "vehicle_id": "{vehicle_id}", "customer_id": "{customer_id}", "starts_at": MOMENT,
        "needs": [{"skill": "mechanical", "bay_group": "lift", "hours_milli": 1}],
    },
    "/appointments/{appointment_id}/rescheduling": {"starts_at": MOMENT, "reason_code": "typo"},
    "/appointments/{appointment_id}/cancellation": {"reason_code": "typo"},
    "/appointments/{appointment_id}/reminder-reply": {"reply": "confirm"},
    "/stores/{store_id}/capacities": {
        "from_on": "2026-11-21", "until_on": "2026-11-21",
        "lines": [{"skill": "mechanical", "bay_group": "lift", "hours_milli": 1}],
    },
    "/customers/{customer_id}/contacts": {"name": "Zhao Min", "role": "driver", "phone": "13900000001"},
    "/customers/{customer_id}/contacts/{contact_id}": {"name": "Zhao Min", "role": "driver", "phone": "13900000001"},
    "/customers/{customer_id}/consents": {"purpose": "marketing", "given": True, "text_version": "2026-01"},
    "/customers/{customer_id}/merge": {"into_customer_id": "{customer_id}"},
    "/vehicles/{vehicle_id}/owner": {"customer_id": "{customer_id}"},
    "/stores/{store_id}/technicians": {"code": "T9", "name": "Zhao Lei", "user": "zhao.lei", "skills": ["mechanical"]},
    "/jobs/{job_id}/helpers": {"technician": "T9"},
    "/attendances/{attendance_id}/corrections": {"reason": "typo"},
    "/attendances/{attendance_id}/activities/{activity_id}/split": {
        "reason": "typo",
        "shares": [{"job_id": "{job_id}", "share_bp": 5_000}, {"job_id": "{job_id}", "share_bp": 5_000}],
    },
    "/stores/{store_id}/technicians/{technician}/activities": {"kind": "idle"},
    "/stores/{store_id}/technicians/{technician}/overtime": {"until_at": "2199-01-01T00:00:00+08:00"},
    "/technicians/{technician_id}/grade": {"grade": "senior"},
    "/technicians/{technician_id}/skills": {"skills": ["mechanical"]},
    "/technicians/{technician_id}/certificates": {"certificates": []},
    "/technicians/{technician_id}/leaving": {"left_on": "2199-01-01"},
    "/stores/{store_id}/shifts": {
        "technician": "T9", "from_on": "2026-11-21", "until_on": "2026-11-21", "begins_minute": 480, "ends_minute": 960,
    },
    "/stores/{store_id}/absences": {
        "technician": "T9", "kind": "leave", "from_at": MOMENT, "until_at": "2199-01-01T00:00:00+08:00",
    },
    "/bays/{bay_id}/outages": {"reason": "leaks"},
    "/equipment/{equipment_id}/outages": {"reason": "leaks"},
    "/stores/{store_id}/bulletin-imports": BULLETINS,
    "/bulletin-imports": BULLETINS,
    "/jobs/{job_id}/bulletin-uses": {"number": "TB-9", "helped": True},
    "/sheets/{sheet_id}/answers": {"answers": [{"point": "leaks", "colour": "green"}]},
    "/sheets/{sheet_id}/supplement": {"findings": [{"point": "wipers"}]},
    "/jobs/{job_id}/notes": {"stage": "after", "words": "wipers changed"},
    "/repair-orders/{ro_id}/workshop-notes/reading": {"note_ids": ["{supplement_id}"]},
    "/stores/{store_id}/checklists": CHECKLIST,
    "/checklists": CHECKLIST,
    "/safety-rounds/{round_id}/answers": {"answers": [{"item": "sort", "result": "ok"}]},
    "/safety-findings/{finding_id}/assignment": {"owner": "zhao.lei", "due_on": "2199-01-01"},
    "/safety-findings/{finding_id}/resolution": {"done": "swept"},
    "/safety-findings/{finding_id}/reopening": {"reason": "dirty", "due_on": "2199-01-01"},
    "/stores/{store_id}/waste-handovers": {
        "waste_kind": "filters", "quantity_milli": 1, "receiver": "R", "manifest_no": "M", "handed_over_on": "2026-11-21",
    },
    "/stores/{store_id}/equipment": {"code": "E9", "kind": "lift", "name": "lift"},
    "/equipment/{equipment_id}/maintenances": {"done_on": "2026-11-21"},
    "/stores/{store_id}/bays": {"code": "B9", "kind": "lift"},
    "/jobs/{job_id}/dispatch": {"technician": "T9", "bay": "B9"},
    "/jobs/{job_id}/pause": {"reason": "break"},
    "/jobs/{job_id}/interruption": {"reason": "end_of_shift"},
    "/jobs/{job_id}/finish": {"cause": "worn", "correction": "changed", "self_checked": True},
    "/sublets/{sublet_id}/sending": {"vendor": "Huaxin", "cost_fen": 1, "due_at": "2199-01-01T00:00:00+08:00"},
    "/sublets/{sublet_id}/return": {"document_no": "D-1"},
    "/sublets/{sublet_id}/inspections": {"result": "passed"},
    "/repair-orders/{ro_id}/lending": {"reason_code": "wait_parts", "odometer_km": 60_000},
    "/repair-orders/{ro_id}/taking-back": {"odometer_km": 60_000},
    "/jobs/{job_id}/inspections": {"result": "passed", "road_test_km": 3},
    "/stores/{store_id}/parts": {"part_no": "P9", "name_zh": "九", "name_en": "nine", "cost_fen": 1},
    "/parts/{part_no}/entry": {
        "name_zh": "九", "name_en": "nine", "unit": "piece", "cost_fen": 1, "list_price_fen": 2, "lead_time_days": 3,
        "genuine": True,
    },
    "/stores/{store_id}/goods-receipts": {
        "lines": [{"part_no": "FLT-OIL", "quantity_milli": 1, "unit_cost_fen": 1, "supplier": "S", "delivery_note": "D"}],
    },
    "/surveys/{survey_id}/attempts": {"outcome": "busy"},
    "/surveys/{survey_id}/answer": {"scores": {"service": 1}},
    "/complaints/{complaint_id}/closing": {"solution": "none", "customer_satisfied": True},
    "/claims/{claim_id}/decision": {"lines": [{"ro_line_id": "{claim_id}", "approved_fen": 0}]},
    "/claims/{claim_id}/payments": {"amount_fen": 1, "reference": "R"},
    "/stores/{store_id}/warranty-policies": {"brand": "Other", "months": 1, "km": 1, "valid_from": MOMENT},
}  # fmt: skip
"""Routes that are not here take an empty body; `{…}` stands for the id of an object that the visitor made."""

DAYS = {"from_on": "2026-11-21", "until_on": "2026-11-22"}
QUERIES: dict[str, dict[str, str]] = {
    "/stores/{store_id}/capacity-forecast": DAYS,
    "/stores/{store_id}/measures": DAYS,
    "/stores/{store_id}/round-measures": DAYS,
    "/measures": DAYS,
    "/sheets/{sheet_id}/photos": {"point": "leaks"},
}
"""What a reading must name."""

FILES = {"/repair-orders/{ro_id}/photos": a_picture(), "/sheets/{sheet_id}/photos": a_picture()}
"""What a request must bring where a file is taken."""
