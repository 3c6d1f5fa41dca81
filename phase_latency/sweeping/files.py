"""Results in a file: .parquet, .csv or .json by its name, written whole or not at all."""

import csv
import io
import json
import os
from pathlib import Path

from phase_latency.errors import ArgumentError, MissingToolError
from phase_latency.sweeping.rows import Row

SUFFIXES = (".parquet", ".csv", ".json")


def check_results_file(path: Path) -> None:
    """Refuse a file that rows cannot be written to, before anything is measured.

    Args:
        path: the file.

    Raises:
        ArgumentError: a name that ends otherwise, or no folder to write to.
        MissingToolError: a .parquet file, and the package pyarrow is not installed.
    """
    if path.suffix not in SUFFIXES:
        raise ArgumentError("out", str(path), f"a name that ends in {', '.join(SUFFIXES)}", "choose one of these")
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK) or not path.parent.is_dir():
        raise ArgumentError("out", str(path), "a file in a folder that can be written to", "choose another place")
    if path.suffix == ".parquet":
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError as problem:
            raise MissingToolError("pyarrow", "pip install 'phase-latency[parquet]'") from problem


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write rows; the same rows give the same bytes.

    Args:
        path: a file that `check_results_file` accepts.
        rows: all with the same columns.

    Raises:
        ArgumentError: the file cannot be written.
    """
    data = {".parquet": _parquet, ".csv": _csv, ".json": _json}[path.suffix](rows)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        expected = "a file in a folder that can be written to"
        raise ArgumentError("out", str(path), expected, f"mend: {problem.strerror}") from problem


def as_json(rows: list[Row]) -> str:
    """Return rows as one JSON object.

    Args:
        rows: what `sweep` returned.

    Returns:
        ``{"rows": [...]}``, indented.
    """
    return json.dumps({"rows": rows}, indent=2, ensure_ascii=False, allow_nan=False)


def _json(rows: list[Row]) -> bytes:
    return f"{as_json(rows)}\n".encode()


def _csv(rows: list[Row]) -> bytes:
    """Floats so that they can be read back without loss, nothing where there is no figure."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(rows: list[Row]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()
