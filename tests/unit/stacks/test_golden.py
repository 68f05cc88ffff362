"""What houses render to, as a person last looked at it."""

import pytest

from fakes.golden_house import HOUSES, kept, rendered


@pytest.mark.parametrize("house", HOUSES)
def test_houses_render_to_what_was_looked_at(house: str) -> None:
    now, then = rendered(HOUSES[house]), kept(house)
    assert sorted(now) == sorted(then), "run make golden and read the difference"
    changed = [path for path, content in now.items() if content != then[path]]
    assert changed == [], "run make golden and read the difference"
