"""One way to log: JSON lines for machines, short lines on a terminal; never bodies, passwords or tokens."""

import logging
import sys

import structlog


def configure_logging(*, quiet: bool = False) -> None:
    """Send structlog and the standard library's loggers to stderr.

    Args:
        quiet: only warnings and worse, for commands that a person runs.
    """
    level = logging.WARNING if quiet else logging.INFO
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
