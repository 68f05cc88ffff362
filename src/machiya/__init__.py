"""Machiya: mail and WordPress hosting at home without one open port."""

__version__ = "0.1.0"
