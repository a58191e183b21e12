"""Where private servers keep their data: PostgreSQL refuses root, so under root the way there must be open to `nobody`."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.processes import FolderInUse, say_on_stderr

PROJECT = Path(__file__).resolve().parents[2]


def unprivileged_account() -> str | None:
    """The account that PostgreSQL runs as: `nobody` under root, else our own (None)."""
    return "nobody" if os.geteuid() == 0 else None


def open_to_all(path: Path) -> bool:
    """May every account pass through this folder and the ones above it?"""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.exists())


def default_folder(say: Callable[[str], None] = say_on_stderr, project: Path = PROJECT) -> Path:
    """`.loop4s` in the project, or a folder of ours in the system's temporary one where `nobody` cannot reach the project."""
    if unprivileged_account() is None or open_to_all(project):
        return _made(project / ".loop4s")
    key = hashlib.sha256(str(project).encode()).hexdigest()[:8]
    folder = _made(Path(tempfile.gettempdir()) / f"loop4s-{key}")
    say(f"{project} is closed to other accounts, which PostgreSQL needs under root: data goes to {folder}")
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise FolderInUse(f"{folder} belongs to somebody else")
    folder.chmod(0o711)
    return folder


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A fresh folder for private servers, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="loop4s-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
