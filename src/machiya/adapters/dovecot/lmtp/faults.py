"""What can go wrong on the wire; translated to the room's errors in ``store``."""


class LmtpFault(Exception):
    """The connection cannot be used any more; the text says why."""


class ConnectionLost(LmtpFault):
    """The server closed it, or the network did."""


class BadReply(LmtpFault):
    """What came is no reply, or more than anybody should send."""


class TooSlow(LmtpFault):
    """Nothing came, or nothing was taken, in the time that this phase allows."""
