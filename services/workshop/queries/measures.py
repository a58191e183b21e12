"""The measures, from rows only: clocked time where it lies, sold hours where the job was completed, orders where they were
delivered – each statement reads the range that is asked for from an index, and nothing before or after it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, timedelta
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain.measures import MOST_DAYS, SOLD_MS, Clocked, Delivered, Group
from services.workshop.domain.shares import share_out
from shared import clock
from shared.refusal import Invalid
from shared.settings import stores

By = Literal["day", "technician", "trade", "store"]
Groups = dict[tuple[str, str], Group]
"""By store and day, technician, trade or store."""


def _ms(moment: str) -> str:
    return f"floor(extract(epoch FROM {moment}) * 1000)::bigint"


_SPAN = """
WITH span AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:stores AS text[]), CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]),
                         CAST(:zones AS text[])) AS s (store_id, begin_at, end_at, zone))
"""
_OF_STORES = "store_id = ANY (CAST(:stores AS text[]))"
_WHOLE = "CROSS JOIN LATERAL (SELECT NULL::date AS day, s.begin_at, s.end_at) AS p"
_DAYS = """CROSS JOIN LATERAL (
    SELECT day::date AS day, day AT TIME ZONE s.zone AS begin_at, (day + interval '1 day') AT TIME ZONE s.zone AS end_at
    FROM generate_series(date_trunc('day', greatest(a.began, s.begin_at) AT TIME ZONE s.zone),
                         least(a.ended, s.end_at) AT TIME ZONE s.zone, interval '1 day') AS day
    WHERE day AT TIME ZONE s.zone < least(a.ended, s.end_at)) AS p"""
"""The days of the store on which a stretch of time lies."""


def _day_of(moment: str, by_day: bool) -> str:
    return f"({moment} AT TIME ZONE s.zone)::date" if by_day else "NULL::date"


def _lying_in(table: str, began: str, ended: str, columns: str) -> str:
    """Rows of which some time lies in the span.  Nearly all last less than a day, and so began at most a day before it; indexes
    know the others.  What all stores together ask for stands in each condition, since PostgreSQL plans by that."""
    return f"""span s JOIN (
        SELECT store_id, {began} AS began, coalesce({ended}, greatest({began}, :now)) AS ended, {columns} FROM {table}
         WHERE {_OF_STORES} AND {began} >= :day_before AND {began} < :last
        UNION ALL SELECT store_id, {began}, {ended}, {columns} FROM {table}
         WHERE {_OF_STORES} AND {ended} - {began} > interval '24 hours' AND {ended} > :first AND {began} < :day_before
        UNION ALL SELECT store_id, {began}, greatest({began}, :now), {columns} FROM {table}
         WHERE {_OF_STORES} AND {ended} IS NULL AND {began} < :day_before
        ) AS a ON a.store_id = s.store_id AND a.began < s.end_at AND a.ended > s.begin_at"""  # noqa: S608 - no text from outside


_IN_PIECE = f"{_ms('least(a.ended, s.end_at, p.end_at)')} - {_ms('greatest(a.began, s.begin_at, p.begin_at)')}"


def attended(by_day: bool) -> str:
    return f"""{_SPAN}
SELECT s.store_id, p.day, a.technician, sum({_IN_PIECE})::bigint AS attended_ms
FROM {_lying_in("attendances", "came_at", "left_at", "technician")} {_DAYS if by_day else _WHOLE}
GROUP BY 1, 2, 3"""  # noqa: S608 - no text from outside


def worked(by_day: bool) -> str:
    counts, known = "superseded_by IS NULL AND attendance_id", "technician, kind, superseded_by, attendance_id"
    return f"""{_SPAN}
SELECT s.store_id, p.day, a.technician,
       coalesce(sum({_IN_PIECE}) FILTER (WHERE {counts} IS NOT NULL), 0)::bigint AS worked_ms,
       count(*) FILTER (WHERE superseded_by IS NOT NULL) AS corrected,
       count(*) FILTER (WHERE {counts} IS NULL) AS without_attendance
FROM {_lying_in("activities", "started_at", "ended_at", known)} {_DAYS if by_day else _WHOLE}
WHERE a.kind IN ('job', 'rework') GROUP BY 1, 2, 3"""  # noqa: S608 - no text from outside


def sold(by_day: bool) -> str:
    return f"""{_SPAN}
SELECT s.store_id, {_day_of("j.completed_at", by_day)} AS day, j.id, j.flat_hours_milli, j.amount_fen,
       coalesce(a.technician, j.finished_by) AS technician, coalesce(a.worked_ms, 0)::bigint AS worked_ms, agreed.share_bp
FROM span s
JOIN jobs j ON j.store_id = s.store_id AND j.completed_at >= s.begin_at AND j.completed_at < s.end_at
 AND j.{_OF_STORES} AND j.completed_at >= :first AND j.completed_at < :last
LEFT JOIN LATERAL (
    SELECT a.technician, sum({_ms("a.ended_at")} - {_ms("a.started_at")}) AS worked_ms FROM activities a
    WHERE a.job_id = j.id AND a.kind IN ('job', 'rework') AND a.superseded_by IS NULL AND a.ended_at IS NOT NULL
    GROUP BY a.technician OFFSET 0) AS a ON true
LEFT JOIN LATERAL (
    SELECT h.share_bp FROM job_hands h
    WHERE h.job_id = j.id AND h.technician = a.technician
    ORDER BY h.id DESC LIMIT 1) AS agreed ON true
WHERE j.state = 'completed' ORDER BY s.store_id, j.id, technician"""  # noqa: S608 - no text from outside


def delivered(by_day: bool) -> str:
    return f"""{_SPAN}
SELECT s.store_id, {_day_of("o.delivered_at", by_day)} AS day, count(*) AS orders,
       count(*) FILTER (WHERE done.jobs > 0) AS closed, (coalesce(sum(done.hours_milli), 0) * {SOLD_MS})::bigint AS sold_ms,
       count(o.first_promised_at) AS promised, count(*) FILTER (WHERE o.delivered_at <= o.first_promised_at) AS on_time,
       count(o.opened_on) AS opened,
       count(*) FILTER (WHERE (o.delivered_at AT TIME ZONE s.zone)::date = o.opened_on) AS same_day,
       count(*) FILTER (WHERE done.jobs > 0 AND (done.reworked OR done.came_back)) AS reworked,
       count(*) FILTER (WHERE done.jobs > 0 AND done.came_back) AS came_back
FROM span s
JOIN authorised_orders o ON o.store_id = s.store_id AND o.delivered_at >= s.begin_at AND o.delivered_at < s.end_at
 AND o.{_OF_STORES} AND o.delivered_at >= :first AND o.delivered_at < :last
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs, sum(j.flat_hours_milli) AS hours_milli, bool_or(j.rework_no > 0) AS reworked,
           bool_or(EXISTS (SELECT FROM jobs again WHERE again.comeback_of = j.id)) AS came_back
    FROM jobs j
    WHERE j.ro_id = o.id AND j.state = 'completed') AS done
GROUP BY 1, 2"""  # noqa: S608 - no text from outside


def held(by_day: bool) -> str:
    """Two parts of one job that are short at once are one wait, which is over when nothing of it lasts: whatever of a wait lies
    before or after the span belongs to it."""
    day = "(upper(wait) AT TIME ZONE over.zone)::date" if by_day else "NULL::date"
    return f"""{_SPAN}
SELECT over.store_id, {day} AS day, over.reason, count(*) AS holds,
       sum({_ms("upper(wait)")} - {_ms("lower(wait)")})::bigint AS held_ms
FROM (
    SELECT DISTINCT s.store_id, s.zone, s.begin_at, s.end_at, h.ro_id, h.job_id, h.reason
    FROM span s
    JOIN holds h ON h.store_id = s.store_id AND h.closed_at >= s.begin_at AND h.closed_at < s.end_at
     AND h.{_OF_STORES} AND h.closed_at >= :first AND h.closed_at < :last) AS over
CROSS JOIN LATERAL (
    SELECT unnest(range_agg(tstzrange(h.opened_at, h.closed_at))) AS wait FROM holds h
    WHERE h.ro_id = over.ro_id AND h.job_id IS NOT DISTINCT FROM over.job_id AND h.reason = over.reason) AS whole
WHERE upper(wait) >= over.begin_at AND upper(wait) < over.end_at
GROUP BY 1, 2, 3"""  # noqa: S608 - no text from outside


def paused(by_day: bool) -> str:
    """Why a job was paused is why the clock on it stopped at that moment."""
    return f"""{_SPAN}
SELECT s.store_id, {_day_of("went_on.at", by_day)} AS day, coalesce(why.reason, 'unknown') AS reason, count(*) AS pauses,
       sum({_ms("went_on.at")} - {_ms("stopped.at")})::bigint AS paused_ms
FROM span s
JOIN state_history went_on ON went_on.store_id = s.store_id AND went_on.at >= s.begin_at AND went_on.at < s.end_at
 AND went_on.{_OF_STORES} AND went_on.from_state = 'paused' AND went_on.at >= :first AND went_on.at < :last
CROSS JOIN LATERAL (
    SELECT h.at FROM state_history h WHERE h.subject_id = went_on.subject_id AND h.seq = went_on.seq - 1 LIMIT 1) AS stopped
LEFT JOIN LATERAL (
    SELECT a.ended_because AS reason FROM activities a
    WHERE a.job_id = went_on.subject_id AND a.kind IN ('job', 'rework') AND a.ended_at IS NOT NULL
    ORDER BY abs(extract(epoch FROM a.ended_at - stopped.at)) LIMIT 1) AS why ON true
GROUP BY 1, 2, 3"""  # noqa: S608 - no text from outside


STATEMENTS = {
    each.__name__: {by_day: text(each(by_day)) for by_day in (False, True)}
    for each in (attended, worked, sold, delivered, held, paused)
}


async def measures(of: Collection[str], from_on: date, until_on: date, by: By, session: AsyncSession) -> Groups:
    """The figures of these stores from the first to the last day of their own.  A corrected activity counts for nothing, what
    still runs counts until now.  Invalid('range_wrong')."""
    asked = span(of, from_on, until_on)
    trades = await _trades(of, session) if by == "trade" else {}
    groups: Groups = {key: Group(delivered=Delivered()) for key in _expected(of, from_on, until_on, by)}

    async def rows(name: str) -> Sequence[Row[Any]]:
        statement = STATEMENTS[name][by == "day"]
        given = {value: asked[value] for value in asked if f":{value}" in statement.text}
        return (await session.execute(statement, given)).all()

    def group(row: Row[Any], technician: str) -> Group:
        trade = trades.get((row.store_id, technician), "")
        keys = {"day": str(row.day), "technician": technician, "trade": trade, "store": row.store_id}
        return groups.setdefault((row.store_id, keys[by]), Group())

    for row in await rows("attended"):
        group(row, row.technician).clocked.attended_ms += row.attended_ms
    for row in await rows("worked"):
        clocked = group(row, row.technician).clocked
        clocked.worked_ms += row.worked_ms
        clocked.corrected += row.corrected
        clocked.without_attendance += row.without_attendance
    for _, shared in groupby(await rows("sold"), key=lambda row: row.id):
        _credit([(group(row, row.technician).clocked, row) for row in shared])
    if by in ("day", "store"):
        for row in await rows("delivered"):
            told = dict(row._mapping)
            group(row, "").delivered = Delivered(**{name: told[name] for name in told if name not in ("store_id", "day")})
        for row in await rows("held"):
            stood = group(row, "")
            stood.held_ms[row.reason] += row.held_ms
            stood.holds[row.reason] += row.holds
        for row in await rows("paused"):
            stood = group(row, "")
            stood.paused_ms[row.reason] += row.paused_ms
            stood.pauses[row.reason] += row.pauses
    return dict(sorted(groups.items()))


def _expected(of: Collection[str], from_on: date, until_on: date, by: By) -> Iterator[tuple[str, str]]:
    """The groups that are told also where nothing happened."""
    for store_id in of:
        if by == "store":
            yield store_id, store_id
        elif by == "day":
            for n in range((until_on - from_on).days + 1):
                yield store_id, str(from_on + timedelta(days=n))


def _credit(worked: Sequence[tuple[Clocked, Any]]) -> None:
    """A job's flat-rate hours, and what was agreed for it, to who worked on it, as they agreed, else by time; to who finished
    it where no clock ran."""
    hours_milli, amount_fen = worked[0][1].flat_hours_milli, worked[0][1].amount_fen
    if hours_milli is None:
        worked[0][0].no_flat_hours += 1
        return
    by_time = {row.technician: row.worked_ms for _, row in worked}
    agreed_bp = {row.technician: row.share_bp for _, row in worked if row.share_bp is not None}
    shares = share_out(hours_milli, by_time, agreed_bp)
    for clocked, row in worked:
        clocked.sold_ms += shares[row.technician] * SOLD_MS
    if amount_fen is None:
        worked[0][0].no_amount += 1
        return
    revenue = share_out(amount_fen, by_time, agreed_bp)
    for clocked, row in worked:
        clocked.revenue_fen += revenue[row.technician]
        clocked.priced_ms += shares[row.technician] * SOLD_MS


async def _trades(of: Collection[str], session: AsyncSession) -> dict[tuple[str, str], str]:
    found = text("SELECT store_id, code, trade FROM technicians WHERE store_id = ANY (CAST(:stores AS text[]))")
    return {(store_id, code): trade for store_id, code, trade in await session.execute(found, {"stores": list(of)})}


def span(of: Collection[str], from_on: date, until_on: date) -> dict[str, Any]:
    """What the statements ask for: of each store the stretch from the first midnight to the last, and what is common to all; a
    day of a store lasts from its midnight to the next, however many hours that is."""
    refuse_range(from_on, until_on)
    zones = {store_id: stores()[store_id].time_zone for store_id in sorted(of)}
    begins = [clock.midnight_in(zone, from_on) for zone in zones.values()]
    ends = [clock.midnight_in(zone, until_on + timedelta(days=1)) for zone in zones.values()]
    first, last = min(begins), max(ends)
    return {
        "stores": list(zones), "zones": list(zones.values()), "begins": begins, "ends": ends, "first": first, "last": last,
        "day_before": first.astimezone(UTC) - timedelta(days=1), "now": clock.now(),
    }  # fmt: skip


def refuse_range(from_on: date, until_on: date) -> None:
    """Invalid('range_wrong')."""
    if not 0 <= (until_on - from_on).days < MOST_DAYS:
        raise Invalid("query.until_on", "range_wrong", f"Ask for a range of at most {MOST_DAYS} days, the first day first.")
