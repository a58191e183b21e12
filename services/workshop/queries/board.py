"""The board: everything that one store's workshop shows at a glance, in one statement.

What is open is found by the indexes on what is open, so that it costs the same after a week and after ten years.  Conditions
are written out, not bound: PostgreSQL uses such an index only where it can see that the condition fits.  `LATERAL … LIMIT 1`
keeps it from reading a whole table at once where its statistics are old.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import QualityTerms
from services.workshop.domain.states import OPEN
from shared import clock
from shared.policies import ALL
from shared.settings import stores

MOST_JOBS = 500

# What further is to be shown of a job joins `shown` (helpers, say), what further
# of a technician or a bay the block of its own below: by a key of `open_jobs`, and an index on what is open.
BOARD = f"""
WITH open_jobs AS MATERIALIZED (
    SELECT j.*, lacking.parts_missing, lacking.parts_eta_at
    FROM jobs j CROSS JOIN LATERAL (
        SELECT count(*) AS parts_missing, max(p.eta_at) AS parts_eta_at FROM job_parts p
        WHERE p.job_id = j.id AND p.needed AND coalesce(p.stage, 'backordered') = 'backordered') AS lacking
    WHERE j.store_id = :store AND j.{OPEN}
    ORDER BY j.promised_at, j.id
), away AS MATERIALIZED (
    SELECT ro_id, reason FROM holds WHERE store_id = :store AND closed_at IS NULL AND job_id IS NULL
), quality AS MATERIALIZED (
    SELECT coalesce((
        SELECT CAST(value ->> 'most_reworks' AS integer) FROM policies
        WHERE name = '{QualityTerms.NAME}' AND store_id IN (:store, '{ALL}') AND valid_from <= :now
        ORDER BY store_id = :store DESC, valid_from DESC, version DESC LIMIT 1), {QualityTerms().most_reworks}) AS most_reworks
), shown AS (
    SELECT j.id AS job_id, j.version, j.state, j.state_since, j.ro_id, j.ro_no, j.vehicle_id, car.plate, car.model,
           j.op_code, j.skill, j.flat_hours_milli, j.promised_at, j.technician, j.bay, j.hold_reason, j.rework_no,
           j.comeback_of, j.parts_missing, j.parts_eta_at, coalesce(watch.level, 'on_track') AS promise, watch.predicted_at,
           watch.reason AS risk_reason, waiting.holds, j.rework_no > quality.most_reworks
           AND j.state NOT IN ('working', 'finished') AND word.released IS NULL AS needs_release
    FROM (SELECT * FROM open_jobs ORDER BY promised_at, id LIMIT {MOST_JOBS}) AS j CROSS JOIN quality
    LEFT JOIN LATERAL (SELECT plate, model FROM vehicles WHERE id = j.vehicle_id LIMIT 1) AS car ON true
    LEFT JOIN LATERAL (SELECT level, predicted_at, reason FROM promise_watches WHERE job_id = j.id LIMIT 1) AS watch ON true
    LEFT JOIN LATERAL (
        SELECT true AS released FROM job_checks c
        WHERE j.rework_no > quality.most_reworks AND c.job_id = j.id AND c.rework_no = j.rework_no AND c.level = 'release'
        LIMIT 1) AS word ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('reason', w.reason, 'since', w.since) ORDER BY w.since, w.reason), '[]')
            AS holds
        FROM (SELECT reason, min(opened_at) AS since FROM holds
              WHERE store_id = j.store_id AND ro_id = j.ro_id AND closed_at IS NULL AND (job_id IS NULL OR job_id = j.id)
              GROUP BY reason) AS w) AS waiting
), planned AS MATERIALIZED (
    SELECT technician, day, begins_at, ends_at FROM shifts
    WHERE store_id = :store AND day BETWEEN :yesterday AND :today AND called_off_at IS NULL
), here AS (
    SELECT t.code, t.name, t.skills, t.trade, came.came_at AS clocked_in_at,
           CASE WHEN doing.kind IN ('job', 'rework') THEN doing.job_id END AS job_id, doing.kind AS doing,
           doing.started_at AS doing_since,
           coalesce(doing.kind NOT IN ('job', 'rework', 'break', 'training'), true) AND away.kind IS NULL
           AND (came.came_at IS NOT NULL
                OR EXISTS (SELECT FROM planned WHERE planned.technician = t.code AND planned.begins_at <= :now
                           AND planned.ends_at > :now)
                OR NOT EXISTS (SELECT FROM planned WHERE day = :today)) AS free,
           away.kind IS NOT NULL AS absent
    FROM technicians t
    LEFT JOIN LATERAL (
        SELECT a.kind, a.job_id, a.started_at FROM activities a
        WHERE a.store_id = t.store_id AND a.technician = t.code AND a.ended_at IS NULL AND a.superseded_by IS NULL
        LIMIT 1) AS doing ON true
    LEFT JOIN LATERAL (
        SELECT a.came_at FROM attendances a WHERE a.store_id = t.store_id AND a.technician = t.code AND a.left_at IS NULL
        LIMIT 1) AS came ON true
    LEFT JOIN LATERAL (
        SELECT a.kind FROM absences a
        WHERE a.store_id = t.store_id AND a.technician = t.code AND a.until_at > :now AND a.from_at <= :now
          AND a.withdrawn_at IS NULL
        LIMIT 1) AS away ON true
    WHERE t.store_id = :store AND (t.left_on IS NULL OR t.left_on > :today)
), places AS (
    SELECT b.code, b.kind, occupant.id AS job_id, coalesce(down.out_of_order, false) AS out_of_order,
           down.until_at AS out_of_order_until
    FROM bays b
    LEFT JOIN open_jobs occupant ON occupant.bay = b.code AND occupant.state NOT IN ('waiting', 'ready')
    LEFT JOIN LATERAL (
        SELECT true AS out_of_order, o.until_at FROM outages o
        WHERE o.store_id = b.store_id AND o.bay = b.code AND o.ended_at IS NULL AND o.from_at <= :now
        ORDER BY o.until_at DESC NULLS FIRST LIMIT 1) AS down ON true
    WHERE b.store_id = :store
), to_see_to AS (
    SELECT e.code, e.kind, e.name, e.bay, e.due_on, coalesce(e.due_on < :today, false) AS overdue,
           coalesce(down.out_of_order, false) AS out_of_order, down.until_at AS out_of_order_until
    FROM equipment e
    LEFT JOIN LATERAL (
        SELECT true AS out_of_order, o.until_at FROM outages o
        WHERE o.equipment_id = e.id AND o.ended_at IS NULL AND o.from_at <= :now
        ORDER BY o.until_at DESC NULLS FIRST LIMIT 1) AS down ON true
    WHERE e.store_id = :store AND (e.due_on <= :today OR down.out_of_order)
)
SELECT json_build_object(
    'store_id', CAST(:store AS text),
    'cars', (SELECT count(DISTINCT ro_id) FROM open_jobs),
    'cars_waiting_for_parts', (SELECT count(DISTINCT ro_id) FROM open_jobs WHERE parts_missing > 0),
    'cars_lent_back', (SELECT count(DISTINCT ro_id) FROM away WHERE reason = 'lent_back'),
    'cars_at_other_firms', (SELECT count(DISTINCT ro_id) FROM away WHERE reason = 'sublet'),
    'free_technicians', (SELECT count(*) FROM here WHERE free),
    'free_bays', (SELECT count(*) FROM places WHERE job_id IS NULL AND NOT out_of_order),
    'jobs', (SELECT coalesce(json_agg(s ORDER BY s.promised_at, s.job_id), '[]') FROM shown s),
    'technicians', (SELECT coalesce(json_agg(h ORDER BY h.code), '[]') FROM here h),
    'bays', (SELECT coalesce(json_agg(p ORDER BY p.code), '[]') FROM places p),
    'equipment', (SELECT coalesce(json_agg(e ORDER BY e.code), '[]') FROM to_see_to e)
)::text
"""  # noqa: S608 - no text from outside
_BOARD = text(BOARD)


async def board(store_id: str, session: AsyncSession) -> str:
    """The store's board as the JSON text of a BoardView: its unfinished jobs, the most urgent 500 first by promised time, its
    technicians, its bays, and counts over all of them."""
    return str(await session.scalar(_BOARD, moment_of(store_id)))


def moment_of(store_id: str) -> dict[str, object]:
    """What the statement asks for: the store, and what its clocks show."""
    now: datetime = clock.now()
    today = clock.day_in(stores()[store_id].time_zone, now)
    return {"store": store_id, "now": now, "today": today, "yesterday": today - timedelta(days=1)}
