"""What a part that has processes of its own needs of this machine."""


def die_with(parent: int) -> None:
    """This process is killed when ``parent``, which started it, ends, however it ends."""
    from machiya.adapters.shell.tether import tie  # noqa: PLC0415 – see bootstrap/__init__.py

    tie(parent)
