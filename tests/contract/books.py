"""The mail room's three books, to be handed to a contract test."""

from dataclasses import dataclass

from machiya.mail.ports import EdgeBook, LedgerTransactions, TraceReader


@dataclass
class MailBooks:
    """The three ports over one set of rows."""

    ledger: LedgerTransactions
    trace: TraceReader
    book: EdgeBook
