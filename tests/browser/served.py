"""The pages of a house behind a real server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import make_server

from fakes.furnished_house import Held
from machiya.bootstrap import House
from machiya.entrypoints.usermgmt.app import create_app


@dataclass
class Served:
    """``base``: the address without a slash at the end."""

    root: Path
    base: str
    held: Held


@contextmanager
def serving(root: Path, held: Held) -> Iterator[Served]:
    house = House(root)
    server = make_server("127.0.0.1", 0, create_app(house), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(root, f"http://127.0.0.1:{server.server_port}", held)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.engine.dispose()
