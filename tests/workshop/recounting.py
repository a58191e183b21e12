"""The measures counted once more by hand: one row after the other, in plain Python, with exact fractions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Counted = dict[str, dict[str, tuple[int, int, int]]]
"""Group -> measure -> (numerator, denominator, left out because it lasts still)."""
TRADES = ("mechanical", "body", "paint", "detailing", "accessories", "glass", "tyres")


def _ms(moment: datetime) -> int:
    return (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(milliseconds=1)


def in_bp(above: int, below: int, unit: str) -> int | None:
    """Ten-thousandths, half up."""
    if not below:
        return None
    times = {"share": Fraction(1), "hours": Fraction(1, 3_600_000), "fen_per_hour": Fraction(3_600_000)}
    exact = Fraction(above, below) * 10_000 * times[unit]
    return int(exact + Fraction(1, 2))


@dataclass
class Recount:
    """Counts the rows of one store, from the first to the last day in its zone, as of `now`."""

    rows: dict[str, list[Row]]
    zone: ZoneInfo
    from_on: date
    until_on: date
    now: datetime
    by: str

    def all(self) -> Counted:
        counted: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
        if self.by in ("day", "store"):
            for day in self._days():
                counted[self._key(day)]["hours_per_order"][0] += 0
        for day, row, ms in self._stretches("attendances", "came_at", "left_at"):
            for measure in ("utilisation", "productivity"):
                counted[self._of_person(day, row["technician"])][measure][1] += ms
        for day, row, ms in self._stretches("activities", "started_at", "ended_at"):
            counted[self._of_person(day, row["technician"])]["utilisation"][0] += ms
            counted[self._of_work(day, row["technician"], self._job(row["job_id"]))]["efficiency"][1] += ms
        for day, technician, job, hours_milli in self._shared("flat_hours_milli"):
            counted[self._of_work(day, technician, job)]["efficiency"][0] += hours_milli * 3_600
            counted[self._of_person(day, technician)]["productivity"][0] += hours_milli * 3_600
        for day, technician, job, hours_milli in self._shared("flat_hours_milli", priced=True):
            counted[self._of_work(day, technician, job)]["labour_sales_per_sold_hour"][1] += hours_milli * 3_600
        for day, technician, job, fen in self._shared("amount_fen", priced=True):
            counted[self._of_work(day, technician, job)]["labour_sales_per_sold_hour"][0] += fen
        self._jobs(counted)
        if self.by in ("day", "store"):
            self._orders(counted)
        if self.by != "technician":
            self._pauses(counted)
            self._holds(counted)
        return {key: {name: (n, d, still) for name, (n, d, still) in group.items()} for key, group in counted.items()}

    def _key(self, day: date, *, technician: str = "", trade: str = "") -> str:
        return {"day": day.isoformat(), "technician": technician, "trade": trade, "store": "ny01"}[self.by]

    def _of_person(self, day: date, technician: str) -> str:
        trades: dict[str, str] = {row["code"]: row["trade"] for row in self.rows["technicians"]}
        return self._key(day, technician=technician, trade=trades.get(technician, ""))

    def _of_work(self, day: date, technician: str, job: Row) -> str:
        return self._key(day, technician=technician, trade=self._trade(job))

    def _job(self, job: Any) -> Row:
        return next(row for row in self.rows["jobs"] if row["id"] == job)

    def _trade(self, job: Row) -> str:
        return str(job["skill"]) if job["skill"] in TRADES else "mechanical"

    def _days(self) -> Iterator[date]:
        day = self.from_on
        while day <= self.until_on:
            yield day
            day += timedelta(days=1)

    def _asked(self, moment: datetime) -> date | None:
        day = moment.astimezone(self.zone).date()
        return day if self.from_on <= day <= self.until_on else None

    def _stretches(self, table: str, began: str, ended: str) -> Iterator[tuple[date, Row, int]]:
        """Cut at each midnight of the store."""
        for row in self.rows[table]:
            if table == "activities" and (
                row["superseded_by"] or not row["attendance_id"] or row["kind"] not in ("job", "rework")
            ):
                continue
            at, end = row[began], row[ended] or max(row[began], self.now)
            while at < end:
                local = at.astimezone(self.zone)
                midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), self.zone)
                until = min(end, midnight.astimezone(at.tzinfo))
                if self._asked(at):
                    yield local.date(), row, _ms(until) - _ms(at)
                at = until

    def _shared(self, what: str, *, priced: bool = False) -> Iterator[tuple[date, str, Row, int]]:
        for job in self.rows["jobs"]:
            if job["state"] != "completed" or not job["flat_hours_milli"] or not (day := self._asked(job["completed_at"])):
                continue
            if priced and job["amount_fen"] is None:
                continue
            worked: dict[str, int] = defaultdict(int)
            for row in self.rows["activities"]:
                if (
                    row["job_id"] == job["id"]
                    and row["kind"] in ("job", "rework")
                    and row["ended_at"]
                    and not row["superseded_by"]
                ):
                    worked[row["technician"]] += _ms(row["ended_at"]) - _ms(row["started_at"])
            whole = sum(worked.values())
            if not whole:
                worked, whole = {job["finished_by"]: 1}, 1
            exact = {who: Fraction(job[what] * ms, whole) for who, ms in worked.items()}
            shares = {who: int(share) for who, share in exact.items()}
            rest = job[what] - sum(shares.values())
            for who in sorted(exact, key=lambda who: (shares[who] - exact[who], who))[:rest]:
                shares[who] += 1
            for who, share in shares.items():
                yield day, who, job, share

    def _jobs(self, counted: Any) -> None:
        """A job of several hands is told of each who had it before its first check, of its trade once."""
        promises = {order["id"]: order["first_promised_at"] for order in self.rows["authorised_orders"]}
        back = {job["comeback_of"] for job in self.rows["jobs"] if job["state"] not in ("unauthorised", "cancelled")}
        for job in self.rows["jobs"]:
            if job["state"] != "completed" or not (day := self._asked(job["completed_at"])):
                continue
            clocks = [
                row
                for row in self.rows["activities"]
                if row["job_id"] == job["id"] and row["ended_at"] and not row["superseded_by"]
            ]
            early = {row["technician"] for row in clocks if row["kind"] == "job"}
            people = early or {row["technician"] for row in clocks} or {job["finished_by"]}
            for key in {self._of_work(day, technician, job) for technician in people}:
                group = counted[key]
                group["jobs_reworked"][0] += job["rework_no"] > 0 or job["id"] in back
                group["jobs_reworked"][1] += 1
                if promised_at := promises[job["ro_id"]]:
                    group["jobs_on_time"][0] += job["completed_at"] <= promised_at
                    group["jobs_on_time"][1] += 1

    def _orders(self, counted: Any) -> None:
        for order in self.rows["authorised_orders"]:
            if order["delivered_at"] is None or not (day := self._asked(order["delivered_at"])):
                continue
            group = counted[self._key(day)]
            done = [job for job in self.rows["jobs"] if job["ro_id"] == order["id"] and job["state"] == "completed"]
            if order["first_promised_at"]:
                group["on_time"][0] += order["delivered_at"] <= order["first_promised_at"]
                group["on_time"][1] += 1
            if order["opened_on"]:
                group["same_day"][0] += order["opened_on"] == day
                group["same_day"][1] += 1
            if done:
                back = {job["comeback_of"] for job in self.rows["jobs"] if job["state"] not in ("unauthorised", "cancelled")}
                came_back = any(job["id"] in back for job in done)
                failed = came_back or any(job["rework_no"] for job in done)
                group["hours_per_order"][0] += sum(job["flat_hours_milli"] or 0 for job in done) * 3_600
                group["reworked"][0] += failed
                group["fixed_first_visit"][0] += not came_back
                for measure in ("hours_per_order", "reworked", "fixed_first_visit"):
                    group[measure][1] += 1

    def _holds(self, counted: Any) -> None:
        """Minute by minute would do, too: every moment at which a wait begins or ends cuts the time, and a piece in which
        anything is waited for counts once."""
        waits: dict[tuple[Any, str], list[Row]] = defaultdict(list)
        for row in self.rows["holds"]:
            waits[row["job_id"] or row["ro_id"], row["reason"]].append(row)
        for (who, reason), rows in waits.items():
            trades = {self._trade(job) for job in self.rows["jobs"] if job["id"] == who}
            trades |= {self._trade(job) for job in self.rows["jobs"] if job["ro_id"] == who and job["state"] != "cancelled"}
            cuts = sorted({moment for row in rows for moment in (row["opened_at"], row["closed_at"]) if moment})
            going: datetime | None = None
            for begin in cuts:
                lasts = any(
                    row["opened_at"] <= begin and (row["closed_at"] is None or row["closed_at"] > begin) for row in rows
                )
                going = going or (begin if lasts else None)
                if going and not lasts:
                    if day := self._asked(begin):
                        for key in self._of_trades(day, trades):
                            counted[key][f"held:{reason}"][0] += _ms(begin) - _ms(going)
                            counted[key][f"held:{reason}"][1] += 1
                    going = None
            if going:
                self._lasts(counted, f"held:{reason}", going, trades)

    def _of_trades(self, day: date, trades: set[str]) -> set[str]:
        return {self._key(day, trade=trade) for trade in trades}

    def _lasts(self, counted: Any, measure: str, since: datetime, trades: set[str]) -> None:
        """On every day from its beginning until now; once where days are not told apart."""
        lasted = [
            day for day in self._days() if since.astimezone(self.zone).date() <= day <= self.now.astimezone(self.zone).date()
        ]
        for key in {key for day in lasted for key in self._of_trades(day, trades)}:
            counted[key][measure][2] += 1

    def _pauses(self, counted: Any) -> None:
        steps = {(step["subject_id"], step["seq"]): step for step in self.rows["steps"]}
        for (job, seq), step in steps.items():
            if step["from_state"] == "paused" and (day := self._asked(step["at"])):
                stopped = steps[job, seq - 1]["at"]
                group = counted[self._key(day, trade=self._trade(self._job(job)))]
                measure = self._why(job, stopped)
                group[measure][0] += _ms(step["at"]) - _ms(stopped)
                group[measure][1] += 1
            if step["to_state"] == "paused" and (job, seq + 1) not in steps:
                self._lasts(counted, self._why(job, step["at"]), step["at"], {self._trade(self._job(job))})

    def _why(self, job: Any, stopped: datetime) -> str:
        worked = [
            row
            for row in self.rows["activities"]
            if row["job_id"] == job and row["ended_at"] and row["kind"] in ("job", "rework")
        ]
        # a forgotten clock ended before the job was seen to stand
        return f"paused:{min(worked, key=lambda row: abs(row['ended_at'] - stopped))['ended_because']}"
