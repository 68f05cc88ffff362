"""``python bench/inbound/run.py [--quick] [--profile]``: run from anywhere."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The folder of this file must not come first: its modules would hide others of the same name.
sys.path[0] = str(ROOT)

from bench.inbound.main import main  # noqa: E402 – after the path is right

if __name__ == "__main__":
    sys.exit(main())
