"""Everything an entry point needs of this room, bound to its ports."""

from dataclasses import dataclass

from machiya.access.administrators import Administrators
from machiya.access.audit_book import AuditBook
from machiya.access.login import LogIn
from machiya.access.model import LoggedIn, Session
from machiya.access.second_factor import SecondFactors
from machiya.access.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Access:
    """The access room of a house; every method may be called from any thread."""

    sessions: Sessions
    administrators: Administrators
    second_factors: SecondFactors
    audit: AuditBook
    login: LogIn

    def log_in(
        self,
        name: str,
        password: str,
        code: str = "",
        *,
        client_address: str,
        user_agent: str = "",
        previous_token: str = "",
    ) -> LoggedIn:
        """See ``LogIn.log_in``."""
        return self.login.log_in(
            name,
            password,
            code,
            client_address=client_address,
            user_agent=user_agent,
            previous_token=previous_token,
        )

    def find_session(self, token: str) -> Session | None:
        """See ``Sessions.find``."""
        return self.sessions.find(token)

    def log_out(self, token: str) -> None:
        """See ``Sessions.log_out``."""
        self.sessions.log_out(token)
