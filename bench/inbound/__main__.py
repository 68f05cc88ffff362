"""``python -m bench.inbound``."""

import sys

from bench.inbound.main import main

sys.exit(main())
