"""The name of what is to be removed, typed."""

from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked

_OTHER = marked("That is not %(name)s.")
_TYPE = marked("Type it exactly as it stands above. Nothing was removed.")


def typed_right(form: Form, *names: str) -> bool:
    """Whether the field ``typed`` holds one of ``names``; if not, the form says so."""
    typed = form.text("typed")
    if typed and typed not in names:
        form.refuse("typed", gettext(_OTHER, name=names[0]), gettext(_TYPE))
    return form.good
