"""The mail room's four books, to be handed to a contract test."""

from dataclasses import dataclass

from machiya.mail.ports import EdgeBook, LedgerTransactions, QuarantineBook, TraceReader


@dataclass
class MailBooks:
    """The four ports over one set of rows."""

    ledger: LedgerTransactions
    trace: TraceReader
    book: EdgeBook
    quarantine: QuarantineBook
