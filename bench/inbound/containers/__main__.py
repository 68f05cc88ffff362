"""``python -m bench.inbound.containers``."""

import sys

from bench.inbound.containers.main import main

sys.exit(main())
