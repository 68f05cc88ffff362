"""Runs the door and the private port in one event loop until told to stop."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from fastapi import FastAPI

from machiya.core.errors import Unavailable


class _Quiet(uvicorn.Server):
    """A server that leaves the signals to ``serve``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=75,
        backlog=256,
    )
    return _Quiet(config)


async def serve(
    door: tuple[FastAPI, str, int], private: tuple[FastAPI, str, int], background: Callable[[], Awaitable[None]]
) -> None:
    """Serve both until SIGTERM or SIGINT; ``background`` runs beside them, and its failure stops the whole.

    Raises:
        Unavailable: a port could not be taken.
    """
    servers = [_server(*door), _server(*private)]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, servers)
    chores = asyncio.ensure_future(background())
    chores.add_done_callback(lambda _: _stop(servers))
    running = [asyncio.ensure_future(_run(server)) for server in servers]
    try:
        await asyncio.gather(*running)
    finally:
        _stop(servers)
        chores.cancel()
        await asyncio.wait([*running, chores])
    if not chores.cancelled():
        chores.result()


async def _run(server: uvicorn.Server) -> None:
    try:
        await server.serve()
    except SystemExit as error:  # uvicorn exits where a port is taken
        address = f"{server.config.host}:{server.config.port}"
        raise Unavailable(
            f"cannot listen on {address}", hint="Another program has the port; see [mail_api]."
        ) from error


def _stop(servers: list[uvicorn.Server]) -> None:
    for server in servers:
        server.should_exit = True
