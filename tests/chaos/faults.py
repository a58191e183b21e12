"""What is done to a running installation, in an order and at moments that the seed fixes."""

import asyncio
import random
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from deploy.installation import Installation, Say
from deploy.local.processes import until
from shared.settings import SERVICES


@dataclass
class Fault:
    """One fault; `bit` and `evidence` say whether it really happened."""

    id: str
    target: str
    gap_s: float
    down_s: float
    at: float = 0.0
    bit: bool = False
    evidence: str = ""

    def told(self) -> dict[str, Any]:
        return {"id": self.id, "target": self.target, "at": round(self.at, 1), "for": round(self.down_s, 1), "bit": self.bit,
                "evidence": self.evidence}  # fmt: skip


def schedule(seed: int) -> list[Fault]:
    """Every service killed at least once (two of them twice), the broker once, PostgreSQL once, in seeded order."""
    chance = random.Random(seed)
    faults = [Fault("kill", service, 0, chance.uniform(0, 1.5)) for service in (*SERVICES, *chance.sample(SERVICES, 2))]
    faults += [Fault("kill_and_restart", "broker", 0, chance.uniform(0.5, 2)), Fault("restart", "postgres", 0, 0)]
    chance.shuffle(faults)
    for fault in faults:
        fault.gap_s = chance.uniform(0.5, 2.5)
    return faults


@dataclass
class Havoc:
    """Carries out a schedule on an installation while its traffic runs."""

    installation: Installation
    faults: list[Fault]
    began: float
    say: Say
    recovered: dict[str, list[float]] = field(default_factory=dict)

    async def wreak(self) -> None:
        """All faults, one after the other; each process is up again before the next one falls."""
        for fault in self.faults:
            await asyncio.sleep(fault.gap_s)
            fault.at = monotonic() - self.began
            self.say(f"{fault.at:5.0f} s  {fault.id} {fault.target}")
            match fault.target:
                case "broker":
                    await self._kill_broker(fault)
                case "postgres":
                    await self._restart_postgres(fault)
                case service:
                    await self._kill_service(fault, service)
            self.recovered.setdefault(fault.id, []).append(monotonic() - self.began - fault.at)

    async def _kill_service(self, fault: Fault, service: str) -> None:
        services = self.installation.services
        child = services.running[service]
        before = child.pid
        fault.bit = child.running
        await child.kill()
        await asyncio.sleep(fault.down_s)
        await services.start(lambda _: None, [service])
        fault.evidence = f"process {before} killed, {services.running[service].pid} is ready"

    async def _kill_broker(self, fault: Fault) -> None:
        broker = self.installation.broker
        before, fault.bit = broker.pid, broker.pid is not None
        await broker.kill()
        degraded = await self._degraded()
        await asyncio.sleep(fault.down_s)
        await broker.start()
        fault.bit = fault.bit and degraded
        fault.evidence = f"node {before} killed, readiness said degraded: {degraded}, node {broker.pid} serves"

    async def _degraded(self) -> bool:
        """Whether a service noticed, and stayed ready for its counter."""
        answers: list[str] = []

        async def ask() -> None:
            async with httpx.AsyncClient(timeout=5) as client:
                for _ in range(100):
                    answer = await client.get(f"{self.installation.services.url('reception')}/readyz")
                    answers.append(answer.text)
                    if answer.is_success and "degraded" in answer.text:
                        return
                    await asyncio.sleep(0.1)

        await ask()
        return "degraded" in answers[-1]

    async def _restart_postgres(self, fault: Fault) -> None:
        postgres = self.installation.postgres
        before = postgres.pid
        await postgres.stop()
        fault.bit = await until(lambda: postgres.pid is None, 5)
        await postgres.start()
        fault.evidence = f"server {before} stopped, {postgres.pid} serves"
