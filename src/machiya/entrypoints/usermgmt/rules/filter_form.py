"""One filter as a form."""

from machiya.accounts.rules.model import Comparison, Condition, Field, Filter
from machiya.entrypoints.usermgmt.aliases.routes import parse_targets
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import gettext
from machiya.entrypoints.usermgmt.rules.words import COMPARISONS, FIELDS

ROWS = 4
ACTIONS = ("mark_read", "flag", "trash")


def empty_form() -> Form:
    """For a filter to come."""
    return Form(match="all", stop="yes", enabled="yes")


def filled_form(one: Filter) -> Form:
    """A filter as it is."""
    ticks = {name: "yes" for name in (*ACTIONS, "stop", "enabled") if getattr(one, name)}
    form = Form(name=one.name, match="all" if one.match_all else "any", folder=one.folder)
    form.values |= ticks
    form.values["forward_to"] = "\n".join(target.unicode for target in one.forward_to)
    for row, condition in enumerate(one.conditions, 1):
        form.values |= {
            f"field{row}": str(condition.field),
            f"comparison{row}": str(condition.comparison),
            f"text{row}": condition.text,
        }
    return form


def read_filter(form: Form, rows: int) -> Filter | None:
    """What the form says; None: something in it cannot be used."""
    name, match = form.text("name", longest=100), form.text("match")
    conditions = tuple(_conditions(form, rows))
    folder = form.text("folder", needed=False, longest=200)
    ticks = {tick: form.ticked(tick) for tick in (*ACTIONS, "stop", "enabled")}
    targets = form.parsed("forward_to", parse_targets, needed=False) or ()
    if form.good and not conditions:
        form.refuse("text1", gettext("Say at least once what the message looks like."))
    if not form.good:
        return None
    return Filter(name, conditions, match_all=match != "any", folder=folder, forward_to=targets, **ticks)


def _conditions(form: Form, rows: int) -> list[Condition]:
    """Rows whose text is empty are none."""
    found = []
    for row in range(1, rows + 1):
        field, comparison = form.text(f"field{row}", needed=False), form.text(f"comparison{row}", needed=False)
        text = form.text(f"text{row}", needed=False, longest=200)
        if text and field in set(Field) and comparison in set(Comparison):
            found.append(Condition(Field(field), Comparison(comparison), text))
        elif text:
            form.refuse(f"field{row}", gettext("Choose one of these."))
    return found


def choices() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in a row."""
    return {
        "field": [(str(value), gettext(word)) for value, word in FIELDS.items()],
        "comparison": [(str(value), gettext(word)) for value, word in COMPARISONS.items()],
    }
