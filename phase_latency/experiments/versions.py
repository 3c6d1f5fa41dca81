"""What the numbers of a training run depend on: the code that makes them, and torch."""

import ast
import hashlib
from functools import cache
from pathlib import Path

import torch

_CODE = (
    *("experiments/configuration.py", "experiments/tasks.py", "experiments/positional.py", "experiments/model.py"),
    *("experiments/training.py", "encodings", "formulas.py"),
)


@cache
def version() -> str:
    """Name what results depend on besides the configuration; results of two versions are never mixed.

    Returns:
        the version of torch and a digest of the code, without its comments and docstrings.
    """
    package = Path(__file__).parent.parent
    files = [
        file for name in _CODE for file in ([package / name] if name.endswith(".py") else _modules(package / name))
    ]
    digest = hashlib.sha256("\n".join(_meaning(file.read_text(encoding="utf-8")) for file in files).encode())
    return f"{digest.hexdigest()[:16]}, torch {torch.__version__}"


def _modules(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py"))


def _meaning(source: str) -> str:
    """A module without what does not run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
