"""Following the queue's log: each line is taken once, whatever is killed in between."""

from machiya.core.clock import Clock
from machiya.mail.outgoing_ports import LogLineReader, OutgoingBook, QueueLog

PIECES_AT_ONCE = 50


def follow_log(log: QueueLog, read_line: LogLineReader, book: OutgoingBook, clock: Clock) -> int:
    """Take what was written since the last call (at most 50 pieces); how many lines.

    The position is committed with the rows, so that a kill repeats nothing and leaves nothing out; lines that are
    read again all the same (a restored database) say the same event, which is known by its key.

    Raises:
        Unavailable: log or database are ill; the next call begins where this one ended.
    """
    taken, position = 0, book.log_position()
    for _ in range(PIECES_AT_ONCE):
        piece = log.read(position)
        if piece.position == position:
            break
        now = clock.now()
        facts = (read_line(line, now=now, order=offset) for offset, line in piece.lines)
        book.take_log([fact for fact in facts if fact is not None], piece.position)
        taken, position = taken + len(piece.lines), piece.position
    return taken
