"""The clock under the name by which the tests of the stores know it."""

from fakes.moving_clock import MovingClock as FakeClock

__all__ = ["FakeClock"]
