"""The command line: Typer for the grammar, Rich for the looks.

A module for each noun holds its commands: thin functions that read options, call a use case with what
``house.opened(context)`` gives, and show the result through ``console``. ``main`` puts them together. To add one: write
the module, add a line in ``main``, its Japanese in ``japanese``, then ``make reference``.
"""
