"""The code as text and syntax trees, for the tests of its architecture."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("shared", "services", "deploy")


@cache
def modules(*packages: str) -> tuple[Path, ...]:
    """All Python files of these packages (of the product, when left out), without migrations."""
    found = (file for package in packages or PRODUCT for file in (ROOT / package).rglob("*.py"))
    return tuple(sorted(file for file in found if "migrations" not in file.parts))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def name(file: Path) -> str:
    """`services/parts/domain.py`"""
    return file.relative_to(ROOT).as_posix()


def calls(file: Path) -> Iterator[tuple[str, int]]:
    """Every called attribute or name with its line: ('publish', 12)."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node.lineno
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node.lineno


def attributes(file: Path) -> Iterator[tuple[str, int]]:
    """Every dotted access with its line: ('datetime.now', 12)."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}", node.lineno
