"""Secrets come to be once, whole, and reach only the process that reads them."""

from pathlib import Path

import pytest

from deploy.secrets import ADMIN, deal, make, needed_by
from shared.settings import SERVICES, Settings

ADMINS = {"database_postgres": None, "broker_loop4s_admin": None}
CONF = Settings(postgres_admin="postgres", broker_admin="loop4s_admin")


@pytest.fixture
def dealt(tmp_path: Path) -> Path:
    make(tmp_path / ADMIN, ADMINS)
    deal(tmp_path, CONF)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_second_making_changes_nothing(dealt: Path) -> None:
    first = contents(dealt)
    make(dealt / ADMIN, ADMINS)
    deal(dealt, CONF)
    assert contents(dealt) == first


def test_no_two_installations_share_a_password(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make(tmp_path / name, ADMINS)
    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_holds_no_secret_of_another(dealt: Path, service: str) -> None:
    held = contents(dealt / service)
    assert held.keys() == set(needed_by(service))
    foreign = {name: value for name, value in contents(dealt / ADMIN).items() if name not in held}
    assert not set(held.values()) & set(foreign.values())
    assert not [name for name in held if "owner" in name or "admin" in name or "signing" in name]


def test_nobody_but_its_owner_reads_a_services_secret(dealt: Path) -> None:
    assert {(dealt / "parts" / name).stat().st_mode & 0o777 for name in needed_by("parts")} == {0o400}


def test_the_servers_get_the_administrators_passwords_that_loop4s_uses(dealt: Path) -> None:
    secrets = contents(dealt / ADMIN)
    assert (dealt / "postgres" / "password").read_text() == secrets["database_postgres"]
    (file,) = (dealt / "rabbitmq").iterdir()
    assert file.read_text().splitlines() == [
        "default_user = loop4s_admin",
        f"default_pass = {secrets['broker_loop4s_admin']}",
    ]


def test_a_password_that_was_changed_reaches_its_process(dealt: Path) -> None:
    file = dealt / ADMIN / "broker_parts"
    file.unlink()
    file.write_text("changed")
    make(dealt / ADMIN, ADMINS)
    deal(dealt, CONF)
    assert (dealt / "parts" / "broker_parts").read_text() == "changed"


def test_what_a_crash_left_half_written_does_not_count(dealt: Path) -> None:
    (dealt / ADMIN / "broker_parts").unlink()
    (dealt / ADMIN / ".broker_parts.new").write_text("ha")
    make(dealt / ADMIN, ADMINS)
    assert len((dealt / ADMIN / "broker_parts").read_text()) == 32
    assert not (dealt / ADMIN / ".broker_parts.new").exists()
