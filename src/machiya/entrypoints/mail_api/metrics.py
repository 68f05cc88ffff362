"""Prometheus metrics of the door."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class DoorMetrics:
    """One registry for each process; label values are closed sets, never addresses."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "machiya_inbound_answers",
            "Answers to the edge by status and code.",
            ["status", "code"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "machiya_inbound_seconds", "Time to take one message.", buckets=_SECONDS, registry=self.registry
        )
        self.received_bytes = Counter("machiya_inbound_bytes", "Bytes of messages taken.", registry=self.registry)
        self.unauthorized = Counter(
            "machiya_unauthorized_requests", "Requests without a valid signature.", registry=self.registry
        )
        self.buffered_bytes = Gauge("machiya_buffered_bytes", "Bytes of messages in memory.", registry=self.registry)
