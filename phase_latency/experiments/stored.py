"""The full study that is shipped with the package: every experiment, as ``phase-latency experiment all`` found it.

Training takes two hours, so that it is not run again for each record; a test holds its version against the code.
"""

import json
from pathlib import Path
from typing import Any

STORED = Path(__file__).with_suffix(".json")


def stored_record() -> dict[str, Any] | None:
    """What the full study found that is shipped with the package.

    Returns:
        the record; None if none is shipped.
    """
    if not STORED.exists():
        return None
    found: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return found
