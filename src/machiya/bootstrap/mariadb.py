"""The database of the house in containers: brought up to date by its administrator, who is root of this machine."""

from pathlib import Path
from urllib.parse import quote

from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.users import DatabaseUser
from machiya.adapters.sql.engine import PATIENT_SECONDS, open_engine
from machiya.adapters.sql.migrate import upgrade
from machiya.core.errors import ConfigurationError
from machiya.settings import DATABASE_NAME, Settings
from machiya.stacks.networks import Network, address

LOCALHOST = "localhost"
WEBMAIL_DATABASE = "roundcube"


def settle_database(settings: Settings) -> None:
    """Database, tables, views, users and grants as this program needs them; run again it changes nothing.

    Raises:
        Refused: a newer Machiya has migrated the database.
        Unavailable: the server cannot be reached, or this user is not its administrator.
        ConfigurationError: a password is missing.
    """
    users = database_users(settings)
    administration = MariaDbAdministration(settings.database_socket)
    for name in (DATABASE_NAME, *(user.database for user in users if user.database)):
        administration.create_database(name)
    engine = open_engine(_administrator_url(settings.database_socket), answer_seconds=PATIENT_SECONDS)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    administration.settle_access(DATABASE_NAME, users)


def database_users(settings: Settings) -> tuple[DatabaseUser, ...]:
    """Who may log in from where: each daemon from its own address, the commands of this machine through the socket.

    Raises:
        ConfigurationError: a password is missing.
    """
    secrets, prefix, webmail = settings.secrets, settings.docker.network_prefix, settings.webmail.enabled

    def of(name: str, secret: str, *places: str, socket: bool = False, database: str = "") -> DatabaseUser:
        password = getattr(secrets, secret).get_secret_value()
        if not password:
            raise ConfigurationError(f"the secret {secret} is not set", hint="machiya init makes it.")
        hosts = (address(prefix, Network.MAILSERVER, place) for place in places)
        return DatabaseUser(name, (*((LOCALHOST,) if socket else ()), *hosts), password, database)

    return (
        of("machiya", "database_password", "mail-api", socket=True),
        of("dovecot", "dovecot_database_password", "dovecot"),
        of("usermgmt", "usermgmt_database_password", "usermgmt"),
        *((of("roundcube", "roundcube_database_password", "roundcube", database=WEBMAIL_DATABASE),) if webmail else ()),
    )


def _administrator_url(socket: Path) -> str:
    return f"mysql+pymysql://root@{LOCALHOST}/{DATABASE_NAME}?unix_socket={quote(str(socket), safe='/')}"
