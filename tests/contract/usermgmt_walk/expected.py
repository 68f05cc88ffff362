"""Who may do what: every method of every route. A route that is not here fails the walk."""

from urllib.parse import quote

from contract.usermgmt_walk.people import Person
from fakes.furnished_house import OTHER, TEAM, Held

ANYBODY = frozenset(Person)
LOGGED_IN = ANYBODY - {Person.STRANGER}
MAILBOX = frozenset({Person.MAILBOX})
VIEW = LOGGED_IN - MAILBOX
OPERATE = VIEW - {Person.VIEWER}
MANAGE = OPERATE - {Person.OPERATOR}
OWN = frozenset({Person.OWNER})

EXPECTED = {
    "GET /": LOGGED_IN,
    "GET /account/": LOGGED_IN,
    "GET /account/password": LOGGED_IN,
    "POST /account/password": LOGGED_IN,
    "GET /account/recovery-codes": LOGGED_IN,
    "POST /account/recovery-codes": LOGGED_IN,
    "GET /account/second-factor": LOGGED_IN,
    "POST /account/second-factor": LOGGED_IN,
    "GET /account/second-factor/code": LOGGED_IN,
    "POST /account/second-factor/code": LOGGED_IN,
    "GET /account/second-factor/off": LOGGED_IN,
    "POST /account/second-factor/off": LOGGED_IN,
    "POST /account/sessions/<which>/end": LOGGED_IN,
    "GET /account/still-open": MAILBOX,
    "POST /account/sessions/end-others": LOGGED_IN,
    "GET /administrators/": OWN,
    "GET /administrators/<name>": OWN,
    "POST /administrators/<name>": OWN,
    "GET /administrators/<name>/remove": OWN,
    "POST /administrators/<name>/remove": OWN,
    "POST /administrators/<name>/withdraw": OWN,
    "GET /administrators/invite": OWN,
    "POST /administrators/invite": OWN,
    "GET /aliases/": VIEW,
    "GET /aliases/<address:address>": VIEW,
    "GET /aliases/<address:address>/remove": MANAGE,
    "POST /aliases/<address:address>/remove": MANAGE,
    "POST /aliases/<address:address>/targets": MANAGE,
    "GET /aliases/add": MANAGE,
    "POST /aliases/add": MANAGE,
    "GET /audit/": MANAGE,
    "GET /audit/verify": MANAGE,
    "GET /confirm": LOGGED_IN,
    "POST /confirm": LOGGED_IN,
    "GET /domains/": VIEW,
    "GET /domains/<domain:name>": VIEW,
    "POST /domains/<domain:name>/catch-all": MANAGE,
    "GET /domains/<domain:name>/remove": MANAGE,
    "POST /domains/<domain:name>/remove": MANAGE,
    "GET /domains/add": MANAGE,
    "POST /domains/add": MANAGE,
    "GET /healthz": ANYBODY,
    "GET /icon.svg": ANYBODY,
    "GET /invitation/<token>": ANYBODY,
    "POST /invitation/<token>": ANYBODY,
    "POST /language": ANYBODY,
    "GET /login": ANYBODY,
    "POST /login": ANYBODY,
    "POST /logout": LOGGED_IN,
    "GET /mailboxes/": VIEW,
    "GET /mailboxes/<address:address>": VIEW,
    "POST /mailboxes/<address:address>/app-passwords/<which>/revoke": OPERATE,
    "POST /mailboxes/<address:address>/app-passwords/require": MANAGE,
    "POST /mailboxes/<address:address>/disable": OPERATE,
    "POST /mailboxes/<address:address>/enable": OPERATE,
    "POST /mailboxes/<address:address>/password": MANAGE,
    "POST /mailboxes/<address:address>/quota": MANAGE,
    "GET /mailboxes/<address:address>/remove": MANAGE,
    "POST /mailboxes/<address:address>/remove": MANAGE,
    "GET /mailboxes/add": MANAGE,
    "POST /mailboxes/add": MANAGE,
    "GET /my/app-passwords/": MAILBOX,
    "POST /my/app-passwords/": MAILBOX,
    "POST /my/app-passwords/<which>/revoke": MAILBOX,
    "POST /my/app-passwords/revoke-all": MAILBOX,
    "GET /my/filters/": MAILBOX,
    "GET /my/filters/<int:place>": MAILBOX,
    "POST /my/filters/<int:place>": MAILBOX,
    "POST /my/filters/<int:place>/remove": MAILBOX,
    "POST /my/filters/<int:place>/up": MAILBOX,
    "GET /my/filters/add": MAILBOX,
    "POST /my/filters/add": MAILBOX,
    "GET /my/forwarding/": MAILBOX,
    "POST /my/forwarding/": MAILBOX,
    "GET /my/vacation/": MAILBOX,
    "POST /my/vacation/": MAILBOX,
    "GET /my/mail/": MAILBOX,
    "GET /my/quarantine/": MAILBOX,
    "GET /my/quarantine/<delivery:which>": MAILBOX,
    "POST /my/quarantine/<delivery:which>/release": MAILBOX,
    "GET /quarantine/": VIEW,
    "GET /quarantine/<delivery:which>": VIEW,
    "GET /quarantine/<delivery:which>/delete": OPERATE,
    "POST /quarantine/<delivery:which>/delete": OPERATE,
    "POST /quarantine/<delivery:which>/release": OPERATE,
    "GET /style.css": ANYBODY,
}

NO_PAGES = {"GET /healthz", "GET /icon.svg", "GET /style.css"}

# Only with a password given a moment ago.
FRESH = frozenset(
    {
        "GET /aliases/<address:address>/remove",
        "POST /aliases/<address:address>/remove",
        "POST /aliases/<address:address>/targets",
        "POST /aliases/add",
        "POST /domains/<domain:name>/catch-all",
        "POST /mailboxes/<address:address>/app-passwords/require",
        "POST /mailboxes/<address:address>/password",
        "POST /mailboxes/add",
        "POST /my/app-passwords/",
        "POST /my/filters/<int:place>",
        "POST /my/filters/add",
        "POST /my/forwarding/",
        "GET /quarantine/<delivery:which>/delete",
        "POST /quarantine/<delivery:which>/delete",
        "GET /account/recovery-codes",
        "POST /account/recovery-codes",
        "GET /account/second-factor",
        "POST /account/second-factor",
        "GET /account/second-factor/code",
        "POST /account/second-factor/code",
        "GET /account/second-factor/off",
        "POST /account/second-factor/off",
        "GET /administrators/<name>",
        "POST /administrators/<name>",
        "GET /administrators/<name>/remove",
        "POST /administrators/<name>/remove",
        "GET /administrators/invite",
        "POST /administrators/invite",
        "GET /domains/<domain:name>/remove",
        "POST /domains/<domain:name>/remove",
        "GET /mailboxes/<address:address>/remove",
        "POST /mailboxes/<address:address>/remove",
    }
)


def path_of(route: str, held: Held) -> str:
    """The path of ``METHOD /rule`` with something that exists in the place of each variable."""
    _, _, path = route.partition(" ")
    for name, value in samples(path, held).items():
        path = path.replace(name, quote(value, safe="@"))
    if "<" in path:
        raise LookupError(f"no sample for {path}: add one to expected.samples")
    return path


def samples(path: str, held: Held) -> dict[str, str]:
    """What stands in the place of each variable; of somebody else where an administrator looks."""
    name = "newcomer" if path.endswith("/withdraw") else "adam"
    others = {"/my/app-passwords/<which>/revoke": held.yours_device, "/account/sessions/<which>/end": "elsewhere"}
    return {
        "<address:address>": str(TEAM if path.startswith("/aliases/") else OTHER),
        "<domain:name>": "second.test",
        "<delivery:which>": held.yours,
        "<int:place>": "2",
        "<name>": name,
        "<token>": held.invitation,
        "<which>": others.get(path, held.others_device),
    }


def pages_of(person: Person, held: Held) -> list[str]:
    """The paths of all pages that ``person`` may open."""
    routes = [route for route in EXPECTED if route.startswith("GET ") and route not in NO_PAGES]
    return [path_of(route, held) for route in routes if person in EXPECTED[route]]
