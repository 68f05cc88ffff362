"""``python -m machiya`` is the ``machiya`` command."""

from machiya.entrypoints.cli.main import run

if __name__ == "__main__":
    run()
