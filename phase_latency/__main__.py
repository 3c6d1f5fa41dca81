"""``python -m phase_latency``, the same as ``phase-latency``."""

import sys

from phase_latency.cli import main

if __name__ == "__main__":
    sys.exit(main())
