"""Filters in plain words."""

from machiya.accounts.rules.model import Comparison, Condition, Field, Filter
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked

FIELDS = {
    Field.SENDER: marked("the sender"),
    Field.RECIPIENT: marked("the recipient"),
    Field.SUBJECT: marked("the subject"),
    Field.LIST_ID: marked("the mailing list"),
}
COMPARISONS = {Comparison.CONTAINS: marked("contains"), Comparison.IS: marked("is exactly")}
_CONDITIONS = {
    Comparison.CONTAINS: marked("%(field)s contains “%(text)s”"),
    Comparison.IS: marked("%(field)s is “%(text)s”"),
}


def condition_words(condition: Condition) -> str:
    """``the sender contains “shop”``"""
    return gettext(_CONDITIONS[condition.comparison], field=gettext(FIELDS[condition.field]), text=condition.text)


def action_words(one: Filter) -> list[str]:
    """What happens, one phrase an action."""
    said = []
    if one.folder:
        said.append(gettext("put it into the folder “%(folder)s”", folder=one.folder))
    if one.mark_read:
        said.append(gettext("mark it as read"))
    if one.flag:
        said.append(gettext("flag it"))
    if one.forward_to:
        said.append(gettext("send a copy to %(list)s", list=", ".join(target.unicode for target in one.forward_to)))
    if one.trash:
        said.append(gettext("put it into the trash"))
    return said
