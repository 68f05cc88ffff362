"""Going through a page with the tabulator key alone."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

# Every control that is to be reached, as the browser sees them: not those in a closed box, one for a group of radios.
CONTROLS = """() => {
  const shown = element => element.checkVisibility({visibilityProperty: true});
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
  const radios = new Set();
  window.__controls = all.filter(element => {
    if (element.disabled || element.type === 'hidden' || element.tabIndex < 0 || !shown(element)) return false;
    if (element.type !== 'radio') return true;
    const group = element.form + element.name;
    const checked = [...document.getElementsByName(element.name)].some(one => one.checked);
    if (checked) return element.checked;
    return !radios.has(group) && radios.add(group);
  });
  return window.__controls.map(element => element.outerHTML.slice(0, 120));
}"""
STOPS_OF_A_DATE = 4
HERE = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  return {
    index: window.__controls.indexOf(element),
    html: element.outerHTML.slice(0, 120),
    ringed: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  };
}"""


@dataclass(frozen=True)
class Walk:
    """``controls`` of the page in order; ``order``: those the key came to; ``unseen``: without a visible ring."""

    controls: list[str]
    order: list[int]
    unseen: list[str]


def tab_through(page: Page) -> Walk:
    """Press the key until it leaves the page."""
    controls: list[str] = page.evaluate(CONTROLS)
    order: list[int] = []
    unseen: list[str] = []
    for _ in range(STOPS_OF_A_DATE * len(controls) + 2):
        page.keyboard.press("Tab")
        here: dict[str, Any] = page.evaluate(HERE)
        if order and here["index"] == order[-1]:
            continue  # the next part of a date
        if here["index"] < 0 or here["index"] in order:
            break
        order.append(here["index"])
        if not (here["ringed"] and here["inside"]):
            unseen.append(here["html"])
    return Walk(controls, order, unseen)
