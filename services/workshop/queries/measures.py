"""The measures, from rows only: clocked time where it lies, sold hours where the job was completed, orders where they were
delivered – each statement reads the range that is asked for from an index, and nothing before or after it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, timedelta
from itertools import groupby
from typing import Any, Literal, get_args

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain.measures import MOST_DAYS, SOLD_MS, Delivered, Group
from services.workshop.domain.shares import share_out
from services.workshop.domain.technicians import trade_of
from shared import clock
from shared.fields import Trade
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


_TRADES = ", ".join(map(repr, get_args(Trade)))
_OF_WORK = f"CASE WHEN j.skill IN ({_TRADES}) THEN j.skill ELSE '{trade_of('')}' END"
"""The trade of job `j`, as `trade_of` says it."""


_CAME_BACK = "again.comeback_of = j.id AND again.state NOT IN ('unauthorised', 'cancelled')"
"""Job `j` did not last, as `again` says, of what the reader may see; what was called off says nothing."""


def _day_of(moment: str, by: By) -> str:
    return f"({moment} AT TIME ZONE s.zone)::date" if by == "day" else "NULL::date"


def _trade_of_job(job: str, by: By) -> tuple[str, str]:
    """What to select, and to join for it."""
    known = f"LEFT JOIN LATERAL (SELECT skill FROM jobs WHERE id = {job} LIMIT 1) AS j ON true"  # noqa: S608 - not from outside
    return (_OF_WORK, known) if by == "trade" else ("NULL::text", "")


def _trades_that_waited(wait: str, by: By) -> tuple[str, str]:
    """As above: of the job that waited, or of all of the order where the whole car did."""
    trades = f"""CROSS JOIN LATERAL (
    SELECT DISTINCT {_OF_WORK} AS trade FROM jobs j
    WHERE j.ro_id = {wait}.ro_id AND j.skill IS NOT NULL
      AND (j.id = {wait}.job_id OR {wait}.job_id IS NULL AND j.state <> 'cancelled')) AS at_work"""  # noqa: S608 - as above
    return ("at_work.trade", trades) if by == "trade" else ("NULL::text", "")


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


def attended(by: By) -> str:
    return f"""{_SPAN}
SELECT s.store_id, p.day, a.technician, sum({_IN_PIECE})::bigint AS attended_ms
FROM {_lying_in("attendances", "came_at", "left_at", "technician")} {_DAYS if by == "day" else _WHOLE}
GROUP BY 1, 2, 3"""  # noqa: S608 - no text from outside


def worked(by: By) -> str:
    counts, known = "superseded_by IS NULL AND attendance_id", "technician, kind, superseded_by, attendance_id, job_id"
    trade, job = _trade_of_job("a.job_id", by)
    return f"""{_SPAN}
SELECT s.store_id, p.day, a.technician, {trade} AS trade,
       coalesce(sum({_IN_PIECE}) FILTER (WHERE {counts} IS NOT NULL), 0)::bigint AS worked_ms,
       count(*) FILTER (WHERE superseded_by IS NOT NULL) AS corrected,
       count(*) FILTER (WHERE {counts} IS NULL) AS without_attendance
FROM {_lying_in("activities", "started_at", "ended_at", known)} {_DAYS if by == "day" else _WHOLE} {job}
WHERE a.kind IN ('job', 'rework') GROUP BY 1, 2, 3, 4"""  # noqa: S608 - no text from outside


def sold(by: By) -> str:
    """Each completed job as often as people worked on it; `at_first`: before it was ever checked."""
    return f"""{_SPAN}
SELECT s.store_id, {_day_of("j.completed_at", by)} AS day, {_OF_WORK} AS trade, j.id, j.flat_hours_milli, j.amount_fen,
       coalesce(a.technician, j.finished_by) AS technician, coalesce(a.worked_ms, 0)::bigint AS worked_ms, agreed.share_bp,
       coalesce(a.at_first, false) AS at_first, j.rework_no > 0 OR back.came IS NOT NULL AS reworked,
       j.completed_at <= promised.first_promised_at AS on_time
FROM span s
JOIN jobs j ON j.store_id = s.store_id AND j.completed_at >= s.begin_at AND j.completed_at < s.end_at
 AND j.{_OF_STORES} AND j.completed_at >= :first AND j.completed_at < :last
LEFT JOIN LATERAL (
    SELECT a.technician, sum({_ms("a.ended_at")} - {_ms("a.started_at")}) AS worked_ms, bool_or(a.kind = 'job') AS at_first
    FROM activities a
    WHERE a.job_id = j.id AND a.kind IN ('job', 'rework') AND a.superseded_by IS NULL AND a.ended_at IS NOT NULL
    GROUP BY a.technician OFFSET 0) AS a ON true
LEFT JOIN LATERAL (
    SELECT h.share_bp FROM job_hands h
    WHERE h.job_id = j.id AND h.technician = a.technician
    ORDER BY h.id DESC LIMIT 1) AS agreed ON true
LEFT JOIN LATERAL (SELECT true AS came FROM jobs again WHERE {_CAME_BACK} LIMIT 1) AS back ON true
LEFT JOIN LATERAL (SELECT o.first_promised_at FROM authorised_orders o WHERE o.id = j.ro_id LIMIT 1) AS promised ON true
WHERE j.state = 'completed' ORDER BY s.store_id, j.id, technician"""  # noqa: S608 - no text from outside


def delivered(by: By) -> str:
    return f"""{_SPAN}
SELECT s.store_id, {_day_of("o.delivered_at", by)} AS day, count(*) AS orders,
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
           bool_or(EXISTS (SELECT FROM jobs again WHERE {_CAME_BACK})) AS came_back
    FROM jobs j
    WHERE j.ro_id = o.id AND j.state = 'completed') AS done
GROUP BY 1, 2"""  # noqa: S608 - no text from outside


def _whole_of(wait: str) -> str:
    return f"""CROSS JOIN LATERAL (
    SELECT unnest(range_agg(tstzrange(h.opened_at, h.closed_at))) AS wait FROM holds h
    WHERE h.ro_id = {wait}.ro_id AND h.job_id IS NOT DISTINCT FROM {wait}.job_id AND h.reason = {wait}.reason) AS whole
"""  # noqa: S608 - no text from outside


def held(by: By) -> str:
    """Two parts of one job that are short at once are one wait, which is over when nothing of it lasts: whatever of a wait lies
    before or after the span belongs to it."""
    day = "(upper(wait) AT TIME ZONE over.zone)::date" if by == "day" else "NULL::date"
    trade, jobs = _trades_that_waited("over", by)
    return f"""{_SPAN}
SELECT over.store_id, {day} AS day, {trade} AS trade, over.reason, count(*) AS holds,
       sum({_ms("upper(wait)")} - {_ms("lower(wait)")})::bigint AS held_ms
FROM (
    SELECT DISTINCT s.store_id, s.zone, s.begin_at, s.end_at, h.ro_id, h.job_id, h.reason
    FROM span s
    JOIN holds h ON h.store_id = s.store_id AND h.closed_at >= s.begin_at AND h.closed_at < s.end_at
     AND h.{_OF_STORES} AND h.closed_at >= :first AND h.closed_at < :last) AS over
{_whole_of("over")} {jobs}
WHERE upper(wait) >= over.begin_at AND upper(wait) < over.end_at
GROUP BY 1, 2, 3, 4"""  # noqa: S608 - no text from outside


def still_held(by: By) -> str:
    """Waits that last still: of each day on which they lasted."""
    trade, jobs = _trades_that_waited("lasting", by)
    return f"""{_SPAN}
SELECT s.store_id, p.day, {trade} AS trade, lasting.reason, count(*) AS holds
FROM (SELECT DISTINCT h.store_id, h.ro_id, h.job_id, h.reason FROM holds h
      WHERE h.{_OF_STORES} AND h.closed_at IS NULL) AS lasting
{_whole_of("lasting")} {jobs}
JOIN span s ON s.store_id = lasting.store_id
CROSS JOIN LATERAL (SELECT lower(whole.wait) AS began, greatest(lower(whole.wait), :now) AS ended) AS a
{_DAYS if by == "day" else _WHOLE}
WHERE upper_inf(whole.wait) AND a.began < s.end_at AND a.ended > s.begin_at
GROUP BY 1, 2, 3, 4"""  # noqa: S608 - no text from outside


def _why_stopped(job: str, stopped_at: str) -> str:
    """Why a job was paused is why the clock on it stopped at that moment."""
    return f"""LEFT JOIN LATERAL (
    SELECT a.ended_because AS reason FROM activities a
    WHERE a.job_id = {job} AND a.kind IN ('job', 'rework') AND a.ended_at IS NOT NULL
    ORDER BY abs(extract(epoch FROM a.ended_at - {stopped_at})) LIMIT 1) AS why ON true"""  # noqa: S608 - as above


def paused(by: By) -> str:
    trade, job = _trade_of_job("went_on.subject_id", by)
    return f"""{_SPAN}
SELECT s.store_id, {_day_of("went_on.at", by)} AS day, {trade} AS trade, coalesce(why.reason, 'unknown') AS reason,
       count(*) AS pauses, sum({_ms("went_on.at")} - {_ms("stopped.at")})::bigint AS paused_ms
FROM span s
JOIN state_history went_on ON went_on.store_id = s.store_id AND went_on.at >= s.begin_at AND went_on.at < s.end_at
 AND went_on.{_OF_STORES} AND went_on.from_state = 'paused' AND went_on.at >= :first AND went_on.at < :last
CROSS JOIN LATERAL (
    SELECT h.at FROM state_history h WHERE h.subject_id = went_on.subject_id AND h.seq = went_on.seq - 1 LIMIT 1) AS stopped
{_why_stopped("went_on.subject_id", "stopped.at")} {job}
GROUP BY 1, 2, 3, 4"""  # noqa: S608 - no text from outside


def still_paused(by: By) -> str:
    """Jobs that stand still now: of each day on which they did."""
    return f"""{_SPAN}
SELECT s.store_id, p.day, {_OF_WORK} AS trade, coalesce(why.reason, 'unknown') AS reason, count(*) AS pauses
FROM span s JOIN jobs j ON j.store_id = s.store_id AND j.{_OF_STORES} AND j.state = 'paused'
CROSS JOIN LATERAL (
    SELECT h.at FROM state_history h WHERE h.subject_id = j.id AND h.seq = j.state_seq LIMIT 1) AS stopped
CROSS JOIN LATERAL (SELECT stopped.at AS began, greatest(stopped.at, :now) AS ended) AS a
{_why_stopped("j.id", "stopped.at")}
{_DAYS if by == "day" else _WHOLE}
WHERE a.began < s.end_at AND a.ended > s.begin_at
GROUP BY 1, 2, 3, 4"""  # noqa: S608 - no text from outside


STATEMENTS = {
    each.__name__: {by: text(each(by)) for by in get_args(By)}
    for each in (attended, worked, sold, delivered, held, still_held, paused, still_paused)
}


async def measures(of: Collection[str], from_on: date, until_on: date, by: By, session: AsyncSession) -> Groups:
    """The figures of these stores from the first to the last day of their own.  A corrected activity counts for nothing, what
    still runs counts until now.  By trade, what people attended, clocked and sold is of their trade, what was done on jobs, and
    what was sold of it, of the trade of the work.  Invalid('range_wrong')."""
    asked = span(of, from_on, until_on)
    trades = await _trades(of, session) if by == "trade" else {}
    groups: Groups = {key: Group(delivered=Delivered()) for key in _expected(of, from_on, until_on, by)}

    async def rows(name: str) -> Sequence[Row[Any]]:
        statement = STATEMENTS[name][by]
        given = {value: asked[value] for value in asked if f":{value}" in statement.text}
        return (await session.execute(statement, given)).all()

    def group(row: Row[Any], technician: str, trade: str) -> Group:
        keys = {"day": str(row.day), "technician": technician, "trade": trade, "store": row.store_id}
        return groups.setdefault((row.store_id, keys[by]), Group())

    def of_person(row: Row[Any]) -> Group:
        return group(row, row.technician, trades.get((row.store_id, row.technician), ""))

    def of_work(row: Row[Any]) -> Group:
        return group(row, row.technician, row.trade)

    for row in await rows("attended"):
        of_person(row).clocked.attended_ms += row.attended_ms
    for row in await rows("worked"):
        of_person(row).clocked.work(row.worked_ms, row.corrected, row.without_attendance)
        of_work(row).done.work(row.worked_ms, row.corrected, row.without_attendance)
    for _, shared in groupby(await rows("sold"), key=lambda row: row.id):
        worked_on = [(of_person(row), of_work(row), row) for row in shared]
        _credit(worked_on)
        _count(worked_on)
    if by in ("day", "store"):
        for row in await rows("delivered"):
            told = dict(row._mapping)
            whole = Delivered(**{name: told[name] for name in told if name not in ("store_id", "day")})
            group(row, "", "").delivered = whole
    if by != "technician":
        for row in await rows("held"):
            group(row, "", row.trade).held[row.reason].over(row.holds, row.held_ms)
        for row in await rows("still_held"):
            group(row, "", row.trade).held[row.reason].still_open += row.holds
        for row in await rows("paused"):
            group(row, "", row.trade).paused[row.reason].over(row.pauses, row.paused_ms)
        for row in await rows("still_paused"):
            group(row, "", row.trade).paused[row.reason].still_open += row.pauses
    return dict(sorted(groups.items()))


def _expected(of: Collection[str], from_on: date, until_on: date, by: By) -> Iterator[tuple[str, str]]:
    """The groups that are told also where nothing happened."""
    for store_id in of:
        if by == "store":
            yield store_id, store_id
        elif by == "day":
            for n in range((until_on - from_on).days + 1):
                yield store_id, str(from_on + timedelta(days=n))


def _credit(worked_on: Sequence[tuple[Group, Group, Any]]) -> None:
    """A job's flat-rate hours, and what was agreed for it, to who worked on it, as they agreed, else by time; to who finished
    it where no clock ran."""
    person, work, job = worked_on[0]
    if job.flat_hours_milli is None:
        person.clocked.no_flat_hours += 1
        work.done.no_flat_hours += 1
        return
    by_time = {row.technician: row.worked_ms for _, _, row in worked_on}
    agreed_bp = {row.technician: row.share_bp for _, _, row in worked_on if row.share_bp is not None}
    shares = share_out(job.flat_hours_milli, by_time, agreed_bp)
    for person, work, row in worked_on:
        person.clocked.sold_ms += shares[row.technician] * SOLD_MS
        work.done.sold_ms += shares[row.technician] * SOLD_MS
    if job.amount_fen is None:
        worked_on[0][1].done.no_amount += 1
        return
    revenue = share_out(job.amount_fen, by_time, agreed_bp)
    for _, work, row in worked_on:
        work.done.revenue_fen += revenue[row.technician]
        work.done.priced_ms += shares[row.technician] * SOLD_MS


def _count(worked_on: Sequence[tuple[Group, Group, Any]]) -> None:
    """The job once for each of whom it is told: of several technicians for those who had it before its first check."""
    job = worked_on[0][2]
    at_first = [work for _, work, row in worked_on if row.at_first] or [work for _, work, _ in worked_on]
    for work in {id(work): work for work in at_first}.values():
        work.done.jobs += 1
        work.done.reworked += job.reworked
        work.done.promised += job.on_time is not None
        work.done.on_time += job.on_time or False


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
