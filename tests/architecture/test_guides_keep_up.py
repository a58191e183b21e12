"""The guides name every setting, metric, example and decision that there is."""

import re

import pytest
from prometheus_client import REGISTRY

from shared import telemetry
from shared.settings import Settings
from tests.architecture.reading import ROOT

DOCS = ROOT / "docs"
OPERATING = (DOCS / "operating.md").read_text()


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_is_in_the_operators_guide(field: str) -> None:
    assert f"`LOOP4S_{field.upper()}`" in OPERATING


def test_every_metric_is_in_the_operators_guide() -> None:
    assert telemetry.OUTBOX_PENDING
    every = [metric.name + ("_total" if metric.type == "counter" else "") for metric in REGISTRY.collect()]
    ours = [name for name in every if name.startswith(("loop4s_", "http_"))]
    assert ours
    assert [name for name in ours if f"`{name}`" not in OPERATING] == []


def test_every_decision_is_in_the_index_and_says_when_to_think_again() -> None:
    pages = sorted(page for page in (DOCS / "decisions").glob("*.md") if page.name != "README.md")
    index = (DOCS / "decisions" / "README.md").read_text()
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        assert f"]({page.name})" in index
        assert len(text.splitlines()) <= 30
        for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Revisit when**"):
            assert part in text, f"{page.name} lacks {part}"


@pytest.mark.parametrize("guide", ["operating.md", "subscribing.md", "decisions/README.md"])
def test_no_link_of_a_guide_leads_nowhere(guide: str) -> None:
    page = DOCS / guide
    targets = [target for target in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in target]
    assert targets
    assert [target for target in targets if not (page.parent / target).exists()] == []
