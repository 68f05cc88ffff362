"""The base image of every service: pulled, or made with debootstrap where no registry can be reached."""

import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Literal

from machiya.adapters.docker.engine import DockerCli
from machiya.core.commands import Commands, ProgramMissing
from machiya.core.errors import NotFound, Unavailable
from machiya.stacks.images import BASE, SUITE

Way = Literal["pull", "debootstrap"]

_PULL_SECONDS = 600.0
_MAKE_SECONDS = 900.0
_DROPPED = (
    *("var/cache/apt/*", "var/lib/apt/lists/*", "var/log/*.log"),
    *("usr/share/doc/*", "usr/share/man/*", "usr/share/info/*", "usr/share/locale/*"),
)
_APT = 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n'
_DPKG = "".join(f"path-exclude=/usr/share/{name}/*\n" for name in ("doc", "man", "info", "locale"))


class BaseMissing(Unavailable):
    """The base image is not here and could not be had."""

    code = "base_missing"


class DebootstrapMissing(NotFound):
    """The base image is to be made, and debootstrap is not installed."""

    code = "debootstrap_missing"


class BaseImage:
    """Debian's slim image.

    Args:
        docker: the engine.
        commands: starts debootstrap.
        mirror: another mirror of Debian's archive; empty: debootstrap's own.
    """

    def __init__(self, docker: DockerCli, commands: Commands, mirror: str = "") -> None:
        self._docker, self._commands, self._mirror = docker, commands, mirror

    @property
    def id(self) -> str:
        """The image's id; empty: it is not here."""
        found = self._docker.inspect("image", [BASE])
        return str(found[0]["Id"]) if found else ""

    def ensure(self, way: Way, *, fresh: bool = False) -> bool:
        """Have it; whether it was fetched or made now.

        Raises:
            BaseMissing: it could not be had that way.
        """
        if self.id and not fresh:
            return False
        self._pull() if way == "pull" else self._make()
        return True

    def _pull(self) -> None:
        done = self._docker.call("pull", "--quiet", BASE, seconds=_PULL_SECONDS)
        if not done.good:
            raise BaseMissing(
                f"{BASE} cannot be pulled: {done.last_words()}",
                hint="Where no registry can be reached: machiya images build --base debootstrap (as root).",
            )

    def _make(self) -> None:
        with tempfile.TemporaryDirectory(prefix="machiya-base-") as folder:
            root, archive = Path(folder, "root"), Path(folder, "base.tar")
            self._bootstrap(root)
            _slim(root)
            with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
                tar.add(root, arcname=".")
            self._docker.ask("import", "--change", 'CMD ["bash"]', "-", BASE, stdin=archive, seconds=_PULL_SECONDS)

    def _bootstrap(self, root: Path) -> None:
        argv = ["debootstrap", "--variant=minbase", SUITE, str(root), *([self._mirror] if self._mirror else [])]
        try:
            done = self._commands.run(argv, seconds=_MAKE_SECONDS)
        except ProgramMissing as error:
            raise DebootstrapMissing("debootstrap is not installed", hint="apt-get install debootstrap") from error
        if not done.good:
            raise BaseMissing(
                f"debootstrap failed: {done.last_words(3)}", hint="It needs root, and Debian's archive within reach."
            )


def _slim(root: Path) -> None:
    """Security and updates suites, no recommends; no documents, translations, lists and logs."""
    sources = root / "etc/apt/sources.list"
    mirror = next(line.split()[1] for line in sources.read_text().splitlines() if line.startswith("deb ")).rstrip("/")
    suites = [f"{mirror} {SUITE}", f"{mirror} {SUITE}-updates", f"{mirror}-security {SUITE}-security"]
    sources.write_text("".join(f"deb {suite} main\n" for suite in suites))
    (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(_DPKG)
    (root / "etc/apt/apt.conf.d/slim").write_text(_APT)
    for pattern in _DROPPED:
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
