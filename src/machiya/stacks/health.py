"""How the engine asks a service that brings no client of its own."""


def answers_at(port: int, path: str = "/health") -> tuple[str, ...]:
    """A health check by bash alone: images without a client for HTTP need none."""
    ask = f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3; grep -q ' 200 ' <&3"
    return ("bash", "-c", ask)
