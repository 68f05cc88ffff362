"""The reference design, (a) and (b): JSON in, the message as text, blocking ``smtplib.LMTP``, a connection a request.

It is written as such services usually are, and as the system this project replaces is: decoded as UTF-8, shipped in
JSON, an API key, one new LMTP connection for each message. (a) does that inside ``async def``, so one message blocks
all; (b) inside a plain ``def``, so FastAPI runs it in its pool of 40 threads. Nothing is written to a ledger.
"""

import hmac
import smtplib
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

KEY = "bench-reference-key"


class Inbound(BaseModel):
    """The JSON body."""

    sender: str = Field(alias="from")
    to: str
    raw: str


def application(kind: str, lmtp_port: int) -> FastAPI:
    """The service; ``kind`` is ``async`` (a) or ``threads`` (b)."""
    app = FastAPI()

    def deliver(message: Inbound, key: str) -> dict[str, str]:
        if not hmac.compare_digest(key, KEY):
            raise HTTPException(status_code=401)
        try:
            with smtplib.LMTP("127.0.0.1", lmtp_port) as lmtp:
                lmtp.sendmail(message.sender, [message.to], message.raw.encode("utf-8"))
        except (OSError, smtplib.SMTPException) as error:
            raise HTTPException(status_code=503, detail=str(error)) from error
        return {"status": "delivered"}

    if kind == "async":

        @app.post("/inbound")
        async def inbound_async(message: Inbound, x_api_key: Annotated[str, Header()]) -> dict[str, str]:
            return deliver(message, x_api_key)

    else:

        @app.post("/inbound")
        def inbound_threads(message: Inbound, x_api_key: Annotated[str, Header()]) -> dict[str, str]:
            return deliver(message, x_api_key)

    return app


def main() -> None:
    """``reference KIND PORT LMTP_PORT``; the same server settings as mail-api's."""
    kind, port, lmtp_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    app = application(kind, lmtp_port)
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_config=None, backlog=256)


if __name__ == "__main__":
    main()
