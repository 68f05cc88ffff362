"""The benches are no installed package: the repository's root holds them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
