"""Puts the fence up and takes it down; works with either back end of iptables (nf_tables, legacy)."""

from machiya.core.commands import Commands, Finished
from machiya.core.errors import Unavailable
from machiya.stacks.fence import Fence

_HINT = "Run it as root on a machine with iptables; Docker needs iptables too."
_MOST_JUMPS = 16
_SECONDS = 60.0


class FenceFailed(Unavailable):
    """The packet filter took no rules, so the house's networks would stand open."""

    code = "fence_failed"


class IptablesFence:
    """``command`` is ``iptables``, or one back end of it by name."""

    def __init__(self, commands: Commands, command: str = "iptables") -> None:
        self._commands, self._command = commands, command

    def put_up(self, fence: Fence) -> None:
        """Make the chain hold exactly the fence's rules and let every packet pass by it; twice is as good as once.

        Raises:
            FenceFailed: the old rules, if any, are still there.
        """
        restore = (f"{self._command}-restore", "-w", "--noflush")
        self._require(self._commands.run(restore, seconds=_SECONDS, stdin=fence.to_restore().encode()))
        if not self._does("-C", "PREROUTING", "-j", fence.chain):
            self._require(self._call("-I", "PREROUTING", "1", "-j", fence.chain))

    def take_down(self, chain: str) -> None:
        """Remove the chain and every way into it; no error if there is none.

        Raises:
            FenceFailed: it is still there.
        """
        for _ in range(_MOST_JUMPS):
            if not self._does("-D", "PREROUTING", "-j", chain):
                break
        if self.stands(chain):
            self._require(self._call("-F", chain))
            self._require(self._call("-X", chain))

    def stands(self, chain: str) -> bool:
        """The chain is there."""
        return self._does("-S", chain)

    def guards(self, chain: str) -> bool:
        """The chain is there and packets pass by it."""
        return self.stands(chain) and self._does("-C", "PREROUTING", "-j", chain)

    def _does(self, *arguments: str) -> bool:
        return self._call(*arguments).good

    def _call(self, *arguments: str) -> Finished:
        return self._commands.run((self._command, "-w", "-t", "raw", *arguments), seconds=_SECONDS)

    def _require(self, finished: Finished) -> None:
        if finished.code != 0:
            said = finished.err.strip().splitlines()
            raise FenceFailed(
                f"{self._command} refused the fence: {said[0] if said else 'no reason given'}", hint=_HINT
            )
