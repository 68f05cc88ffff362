"""The exit codes that no error of the tree carries; docs/reference/cli.md lists them all."""

USAGE = 2
ATTENTION = 10
INTERNAL = 70
INTERRUPTED = 130
