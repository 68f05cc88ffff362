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
    "GET /healthz": ANYBODY,
    "GET /icon.svg": ANYBODY,
    "GET /style.css": ANYBODY,
    "GET /login": ANYBODY,
    "POST /login": ANYBODY,
    "POST /logout": LOGGED_IN,
    "POST /language": ANYBODY,
}

NO_PAGES = {"GET /healthz", "GET /icon.svg", "GET /style.css"}

# Only with a password given a moment ago.
FRESH: frozenset[str] = frozenset()


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
    return {
        "<address:address>": str(TEAM if path.startswith("/aliases/") else OTHER),
        "<domain:name>": "second.test",
        "<delivery:which>": held.yours,
    }


def pages_of(person: Person, held: Held) -> list[str]:
    """The paths of all pages that ``person`` may open."""
    routes = [route for route in EXPECTED if route.startswith("GET ") and route not in NO_PAGES]
    return [path_of(route, held) for route in routes if person in EXPECTED[route]]
