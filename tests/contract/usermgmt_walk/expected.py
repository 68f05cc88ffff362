"""Who may do what: every method of every route. A route that is not here fails the walk."""

from contract.usermgmt_walk.people import Person

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

# Only with a password given a moment ago.
FRESH: frozenset[str] = frozenset()

# What stands in the place of each variable; by route where it is not the same everywhere.
SAMPLES: dict[str, str] = {}
