"""One run: a private installation, traffic, faults, healing, and the judgement."""

import asyncio
from time import monotonic
from typing import Any

from deploy.demo import SHORT_WAITS, Outcome, drive
from deploy.installation import Installation, Say, installed
from deploy.local import throwaway_folder
from shared.settings import settings
from tests.chaos.faults import Havoc, schedule
from tests.chaos.invariants import Finding, verify

SETTLED_S = 60.0
SETTLE_S = 2.0
"""A quorum queue that is killed right after it was declared may never elect a leader again; nobody does that to it in life."""


async def rampage(seed: int, cars: int, say: Say) -> dict[str, Any]:
    """Run, and return the verdict."""
    with throwaway_folder() as folder:
        async with installed(Installation(folder, 3, SHORT_WAITS, say=say)) as running:
            await asyncio.sleep(SETTLE_S)
            began = monotonic()
            havoc = Havoc(running, schedule(seed), began, say)
            outcomes = await _traffic(running, havoc, seed, cars, say)
            findings = await _settled()
            return _verdict(seed, havoc, outcomes, findings, monotonic() - began)


async def _traffic(running: Installation, havoc: Havoc, seed: int, cars: int, say: Say) -> list[Outcome]:
    """Waves of cars until the last fault has fallen while cars were on their way, then quiet."""
    wreaking = asyncio.create_task(havoc.wreak())
    outcomes: list[Outcome] = []
    try:
        while not (outcomes and wreaking.done()):
            outcomes.append(await drive(running.services.urls, cars, seed + len(outcomes), monotonic(), say))
        await wreaking
    finally:
        wreaking.cancel()
    return outcomes


async def _settled() -> list[Finding]:
    """The invariants when all is healed: liveness is judged after a bounded time, safety at its end."""
    end = monotonic() + SETTLED_S
    while True:
        findings = await verify(settings())
        if all(finding.valid for finding in findings) or monotonic() > end:
            return findings
        await asyncio.sleep(2)


def _verdict(seed: int, havoc: Havoc, outcomes: list[Outcome], findings: list[Finding], seconds: float) -> dict[str, Any]:
    by_name = {finding.name: finding for finding in findings}
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    dead = outcomes[-1].summary["dead"]
    reasons = [
        *(f"fault {fault.id} {fault.target} left no trace" for fault in havoc.faults if not fault.bit),
        *(f"invariant {finding.name}" for finding in findings if not finding.valid),
        *(["not every car finished"] if not all(outcome.good for outcome in outcomes) else []),
        *failures,
        *([f"{dead} dead letters"] if dead else []),
    ]
    return {
        "valid": not reasons,
        "seed": seed,
        "seconds": round(seconds, 1),
        "cars": sum(outcome.summary["cars"] for outcome in outcomes),
        "delivered": sum(outcome.summary["delivered"] for outcome in outcomes),
        "events": outcomes[-1].summary["events_published"],
        "faults": [fault.told() for fault in havoc.faults],
        "recovery_s": {kind: round(max(times), 1) for kind, times in havoc.recovered.items()},
        "lost": len(by_name["nothing_lost"].offenders),
        "doubled": len(by_name["effects_once"].offenders) + len(by_name["versions_once"].offenders),
        "dead": dead,
        "invariants": [finding.told() for finding in findings],
        "reasons": reasons,
    }
