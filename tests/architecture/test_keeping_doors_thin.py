"""What an HTTP door does itself: let in, hand on, show.  What is read stands in `queries`."""

from shared.settings import SERVICES
from tests.architecture.reading import ROOT, calls, modules, name

LOOP = tuple(service for service in SERVICES if service != "console")


def test_doors_ask_the_database_through_queries_and_handlers_only() -> None:
    """The api rooms of the five services build and run no selects of their own."""
    found = [
        f"{name(file)}:{line}"
        for file in modules("services")
        if file.relative_to(ROOT).parts[1] in LOOP and file.relative_to(ROOT).parts[2].removesuffix(".py") == "api"
        for called, line in calls(file)
        if called in {"select", "scalars", "scalar", "execute"}
    ]
    assert found == []
