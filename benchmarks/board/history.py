"""A workshop's past and present as rows: so many finished jobs of one store, and the same open ones for every past."""

OPEN_JOBS, TECHNICIANS = 120, 24
JOBS_A_DAY = 120


def _id(kind: str, n: str) -> str:
    """A UUIDv7 that is `n` minutes younger than the year 2016."""
    told = f"md5('{kind}' || {n})"
    moment = f"lpad(to_hex(1451606400000 + {n} * 60000), 12, '0')"
    return f"({moment} || '7' || substr({told}, 1, 3) || '8' || substr({told}, 4, 15))::uuid"


_AT_JOB = f"LATERAL (SELECT {{began}} - n * interval '{1440 // JOBS_A_DAY} minutes') w (at)"
_AT_ORDER = f"LATERAL (SELECT {{began}} - n * interval '{1440 * 2 // JOBS_A_DAY} minutes') w (at)"
_WHO, _USER, _BAY = (f"'{kind}' || 1 + n % {TECHNICIANS}" for kind in ("T", "user.", "B"))
_DOES = f"CASE WHEN n <= {TECHNICIANS} THEN 'working' WHEN n % 3 = 0 THEN 'waiting' ELSE 'ready' END"
_LACKS = f"CASE WHEN n > {TECHNICIANS} AND n % 3 = 0 THEN 'backordered' ELSE 'reserved' END"

PEOPLE = f"""
INSERT INTO technicians (id, store_id, version, code, name, "user", skills, trade, grade, counts_bp, certificates, cause_id)
    SELECT {_id("technician", "n")}, '{{store}}', 1, 'T' || n, '陈杰', 'user.' || n, '["engine"]', 'mechanical', 'technician',
           10000, '[]', {_id("technician", "n")}
    FROM generate_series(1::bigint, {TECHNICIANS}) n;
INSERT INTO bays (id, store_id, version, code, kind, cause_id)
    SELECT {_id("bay", "n")}, '{{store}}', 1, 'B' || n, 'lift', {_id("bay", "n")} FROM generate_series(1::bigint,
           {TECHNICIANS}) n;
"""

PAST = f"""
INSERT INTO vehicles (id, identified_epoch, identified_version, vin, plate, brand, model, cause_id)
    SELECT {_id("car", "n")}, 1, 1, 'LSVAU2180N2183294', '沪A' || n, 'Volkswagen', 'Passat', {_id("car", "n")}
    FROM generate_series({{first}} / 8, {{last}} / 8) n ON CONFLICT DO NOTHING;
INSERT INTO authorised_orders (id, store_id, authorised_epoch, authorised_version, opened_on, first_promised_at, delivered_at,
                               cause_id)
    SELECT {_id("order", "n")}, '{{store}}', 1, 2, at::date, at + interval '6 hours', at + interval '5 hours',
           {_id("order", "n")}
    FROM generate_series({{first}} / 2, {{last}} / 2) n, {_AT_ORDER}
    ON CONFLICT DO NOTHING;
INSERT INTO jobs (id, store_id, version, state, state_seq, state_since, technician, bay, cause, correction, finished_by,
                  finished_at, rework_no, completed_at, ro_id, ro_no, vehicle_id, op_code, skill, promised_at,
                  flat_hours_milli, authorised_epoch, authorised_version, cause_id)
    SELECT {_id("job", "n")}, '{{store}}', 6, 'completed', 6, at + interval '4 hours', {_WHO},
           {_BAY}, 'Worn.', 'Replaced.', {_WHO}, at + interval '3 hours', 0,
           at + interval '4 hours', {_id("order", "n / 2")}, 'SH01-20261121-0007', {_id("car", "n / 8")}, 'ENGINE-OIL',
           'engine',
           at + interval '6 hours', 800, 1, 2, {_id("job", "n")}
    FROM generate_series({{first}}, {{last}}) n, {_AT_JOB};
INSERT INTO state_history (subject_id, store_id, seq, from_state, to_state, at, actor, cause_id)
    SELECT {_id("job", "n")}, '{{store}}', step, CASE step WHEN 5 THEN 'paused' ELSE 'working' END,
           CASE step WHEN 4 THEN 'paused' ELSE 'working' END, at + step * interval '10 minutes', 'user:test', {_id("job", "n")}
    FROM generate_series({{first}}, {{last}}) n, generate_series(4, 5) step, {_AT_JOB};
INSERT INTO job_parts (id, store_id, ro_id, job_id, part_no, quantity_milli, needed, authorised_epoch, authorised_version,
                       stage, told_epoch, told_version, cause_id)
    SELECT {_id("part", "n")}, '{{store}}', {_id("order", "n / 2")}, {_id("job", "n")}, '04152-YZZA1', 1000, true, 1,
           2, 'issued', 1,
           3, {_id("part", "n")}
    FROM generate_series({{first}}, {{last}}) n;
INSERT INTO holds (about_id, reason, opened_at, closed_at, ro_id, job_id, store_id, cause_id)
    SELECT {_id("part", "n")}, 'wait_parts', at - interval '2 hours', at, {_id("order", "n / 2")}, {_id("job", "n")},
           '{{store}}', {_id("part", "n")}
    FROM generate_series({{first}}, {{last}}, 3) n, {_AT_JOB};
INSERT INTO attendances (id, store_id, technician, "user", came_at, left_at, closes_at, flagged, version, cause_id)
    SELECT {_id("attendance", "n")}, '{{store}}', {_WHO}, {_USER}, at,
           at + interval '8 hours', at + interval '9 hours', false, 1, {_id("attendance", "n")}
    FROM generate_series({{first}} / 5, {{last}} / 5) n, LATERAL (SELECT {{began}} - n * interval '1 hour') w (at)
    ON CONFLICT DO NOTHING;
INSERT INTO activities (id, store_id, job_id, technician, "user", kind, started_at, ended_at, ended_because, cause_id)
    SELECT {_id("activity", "n")}, '{{store}}', {_id("job", "n")}, {_WHO}, {_USER},
           'job', at, at + interval '50 minutes', 'finished', {_id("activity", "n")}
    FROM generate_series({{first}}, {{last}}) n, {_AT_JOB};
INSERT INTO job_hands (id, store_id, job_id, technician, share_bp, joined_at, left_at, cause_id)
    SELECT {_id("hand", "n")}, '{{store}}', {_id("job", "n")}, {_WHO}, 2500, at, at + interval '1 hour', {_id("hand", "n")}
    FROM generate_series({{first}}, {{last}}, 4) n, {_AT_JOB};
INSERT INTO outages (id, store_id, version, bay, kind, from_at, until_at, ended_at, reason, cause_id)
    SELECT {_id("past outage", "n")}, '{{store}}', 2, {_BAY}, 'breakdown', at, at + interval '2 hours',
           at + interval '1 hour', 'Hydraulics.', {_id("past outage", "n")}
    FROM generate_series({{first}} / 50, {{last}} / 50) n, LATERAL (SELECT {{began}} - n * interval '10 hours') w (at)
    ON CONFLICT DO NOTHING;
INSERT INTO shifts (id, store_id, version, technician, day, begins_at, ends_at, break_minutes, cause_id)
    SELECT {_id("shift", "n")}, '{{store}}', 1, {_WHO}, at::date, at, at + interval '9 hours', 60,
           {_id("shift", "n")}
    FROM generate_series({{first}} / 5 + 120, {{last}} / 5 + 120) n, LATERAL (SELECT {{began}} - n * interval '1 hour') w (at)
    ON CONFLICT DO NOTHING;
"""

PRESENT = f"""
INSERT INTO vehicles (id, identified_epoch, identified_version, vin, plate, brand, model, cause_id)
    SELECT {_id("here", "n")}, 1, 1, 'LSVAU2180N2183294', '沪B' || n, 'Volkswagen', 'Passat', {_id("here", "n")}
    FROM generate_series(1::bigint, {OPEN_JOBS}) n;
INSERT INTO jobs (id, store_id, version, state, state_seq, state_since, technician, bay, rework_no, ro_id, ro_no, vehicle_id,
                  op_code, skill, promised_at, flat_hours_milli, authorised_epoch, authorised_version, cause_id)
    SELECT {_id("open", "n")}, '{{store}}', 4, {_DOES},
           4, {{began}}, CASE WHEN n <= {TECHNICIANS} THEN 'T' || n END, CASE WHEN n <= {TECHNICIANS} THEN 'B' || n END, 0,
           {_id("open order", "n / 2")}, 'SH01-20261121-0007', {_id("here", "n")}, 'ENGINE-OIL', 'engine',
           {{began}} + n * interval '5 minutes', 800, 1, 2, {_id("open", "n")}
    FROM generate_series(1::bigint, {OPEN_JOBS}) n;
INSERT INTO job_parts (id, store_id, ro_id, job_id, part_no, quantity_milli, needed, authorised_epoch, authorised_version,
                       stage, told_epoch, told_version, eta_at, cause_id)
    SELECT {_id("open part", "n")}, '{{store}}', {_id("open order", "n / 2")}, {_id("open", "n")}, '04152-YZZA1', 1000,
           true, 1, 2,
           {_LACKS}, 1, 3, {{began}} + interval '1 day',
           {_id("open part", "n")}
    FROM generate_series(1::bigint, {OPEN_JOBS}) n;
INSERT INTO holds (about_id, reason, opened_at, ro_id, job_id, store_id, cause_id)
    SELECT {_id("open part", "n")}, 'wait_parts', {{began}}, {_id("open order", "n / 2")}, {_id("open", "n")}, '{{store}}',
           {_id("open part", "n")}
    FROM generate_series(1::bigint, {OPEN_JOBS}) n WHERE {_LACKS} = 'backordered';
INSERT INTO attendances (id, store_id, technician, "user", came_at, closes_at, flagged, version, cause_id)
    SELECT {_id("here today", "n")}, '{{store}}', 'T' || n, 'user.' || n, {{began}}, {{began}} + interval '9 hours', false, 1,
           {_id("here today", "n")}
    FROM generate_series(1::bigint, {TECHNICIANS}) n;
INSERT INTO activities (id, store_id, job_id, attendance_id, technician, "user", kind, started_at, cause_id)
    SELECT {_id("at work", "n")}, '{{store}}', {_id("open", "n")}, {_id("here today", "n")}, 'T' || n, 'user.' || n,
           'job', {{began}},
           {_id("at work", "n")}
    FROM generate_series(1::bigint, {TECHNICIANS}) n;
INSERT INTO outages (id, store_id, version, bay, kind, from_at, until_at, reason, cause_id)
    VALUES ({_id("outage", "1::bigint")}, '{{store}}', 1, 'B{TECHNICIANS}', 'breakdown', {{began}},
           {{began}} + interval '1 day',
            'Hydraulics.', {_id("outage", "1::bigint")});
"""


def people(store: str) -> str:
    """The store's technicians and bays."""
    return PEOPLE.format(store=store)


def past(store: str, first: int, last: int, began: str) -> str:
    """The finished jobs number `first` to `last` back from the moment `began` (an SQL literal), with their orders, cars, parts,
    attendance and clocked time."""
    return PAST.format(store=store, first=f"{first}::bigint", last=f"{last}::bigint", began=f"timestamptz '{began}'")


def present(store: str, began: str) -> str:
    """What is open now."""
    return PRESENT.format(store=store, began=f"timestamptz '{began}'")
