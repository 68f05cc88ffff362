"""secrets.age, the host key that opens it, and the recovery key that must be kept elsewhere.

``host.key`` is the private key of this machine. ``recovery.toml`` holds only the public half of the recovery key and
whether its owner said that the rescue sheet is kept; the private half is handed out once and never stored.
"""

import secrets
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import tomlkit

from machiya.adapters.age.keys import AgeKey, SecretsLocked, fingerprint, seal, unseal
from machiya.core.clock import Clock, to_wire
from machiya.core.errors import InvalidInput, NotFound

KEY_BYTES = 32
HOST_KEY_MODE = 0o400


class WriteFile(Protocol):
    """Replace a file atomically."""

    def __call__(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        """Write all of ``data`` or nothing."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery key as the house knows it; times are RFC 3339, ``confirmed_at`` empty until the sheet is kept."""

    public: str
    created_at: str
    confirmed_at: str = ""

    @property
    def fingerprint(self) -> str:
        """To compare with the sheet."""
        return fingerprint(self.public)

    @property
    def confirmed(self) -> bool:
        """The owner said that the sheet is kept off the box."""
        return bool(self.confirmed_at)


class SecretFile:
    """The secrets of one house.

    Args:
        root: the house's folder.
        write: how a file is written, whole or not at all.
        clock: for the dates of the recovery key.
    """

    def __init__(self, root: Path, write: WriteFile, clock: Clock) -> None:
        self.path = root / "secrets.age"
        self.host_key_path = root / "host.key"
        self.recovery_path = root / "recovery.toml"
        self._write = write
        self._clock = clock

    @property
    def exists(self) -> bool:
        """There is a secrets.age."""
        return self.path.exists()

    @property
    def knows_recovery(self) -> bool:
        """There is a recovery.toml."""
        return self.recovery_path.exists()

    def ensure_host_key(self) -> bool:
        """Make the host key if there is none; whether it was made now.

        Raises:
            SecretsLocked: secrets.age is there but its key is gone; a new key could not open it.
        """
        if self.host_key_path.exists():
            return False
        if self.exists:
            raise SecretsLocked(
                "secrets.age is here, but host.key, which opens it, is gone",
                hint="Put host.key back, or run machiya secret recover with the recovery key of the rescue sheet.",
            )
        self._write(self.host_key_path, f"{AgeKey.generate().private}\n".encode(), HOST_KEY_MODE)
        return True

    def create(self, values: dict[str, str]) -> AgeKey:
        """Seal ``values`` for the host key and a fresh recovery key, which is returned: it is stored nowhere."""
        recovery = AgeKey.generate()
        self._write_recovery(Recovery(recovery.public, to_wire(self._clock.now())))
        self._seal(values, recovery.public)
        return recovery

    def read(self) -> dict[str, str]:
        """Every secret by its name.

        Raises:
            NotFound: there is no secrets.age or host.key.
            SecretsLocked: the host key does not open it.
        """
        return unseal(self._bytes(self.path), self._host_key())

    def change(self, changes: dict[str, str]) -> None:
        """Set the named secrets; the others stay. An empty text takes a secret away."""
        values = self.read() | changes
        self._seal({name: value for name, value in values.items() if value}, self.recovery().public)

    def ensure_keys(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Give a fresh key to each of ``names`` that has none; those that got one."""
        present = self.read()
        missing = tuple(name for name in names if not present.get(name))
        if missing:
            self.change({name: self.new_key() for name in missing})
        return missing

    @staticmethod
    def new_key() -> str:
        """A secret of 32 random bytes, base64url without padding."""
        return secrets.token_urlsafe(KEY_BYTES)

    def recovery(self) -> Recovery:
        """What is known of the recovery key.

        Raises:
            NotFound: recovery.toml is gone or damaged.
        """
        try:
            data = tomllib.loads(self._bytes(self.recovery_path).decode())
            return Recovery(str(data["public"]), str(data["created_at"]), str(data.get("confirmed_at", "")))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
            raise NotFound(
                "recovery.toml is damaged", hint="Make a new recovery key: machiya rescue-sheet --new-key."
            ) from error

    def new_recovery_key(self) -> AgeKey:
        """Seal everything for a fresh recovery key; the one before opens the new file no more."""
        return self.create(self.read())

    def confirm_recovery(self) -> Recovery:
        """Note that the rescue sheet is kept off the box."""
        confirmed = replace(self.recovery(), confirmed_at=to_wire(self._clock.now()))
        self._write_recovery(confirmed)
        return confirmed

    def require_recovery_key(self, private: str) -> None:
        """Prove that ``private`` is the recovery key.

        Raises:
            InvalidInput: it is not.
        """
        if AgeKey.parse(private).public != self.recovery().public:
            raise InvalidInput("this is not the recovery key of this house", hint="Look at the newest rescue sheet.")

    def recover(self, private: str) -> None:
        """Open secrets.age with the recovery key and seal it for a new host key of this machine.

        Raises:
            SecretsLocked: it is not the recovery key of this file.
        """
        recovery = AgeKey.parse(private)
        values = unseal(self._bytes(self.path), recovery)
        host = AgeKey.generate()
        # Sealed for the recovery key too, so a stop between the two writes leaves a file that can be recovered again.
        now = to_wire(self._clock.now())
        self._write_recovery(Recovery(recovery.public, created_at=now, confirmed_at=now))
        self._write(self.path, seal(values, (host.public, recovery.public)))
        self._write(self.host_key_path, f"{host.private}\n".encode(), HOST_KEY_MODE)

    def _seal(self, values: dict[str, str], recovery: str) -> None:
        self._write(self.path, seal(values, (self._host_key().public, recovery)))

    def _host_key(self) -> AgeKey:
        return AgeKey.parse(self._bytes(self.host_key_path).decode("ascii", "replace"))

    def _write_recovery(self, recovery: Recovery) -> None:
        data = {
            "public": recovery.public,
            "created_at": recovery.created_at,
            "confirmed_at": recovery.confirmed_at,
        }
        self._write(self.recovery_path, tomlkit.dumps(data).encode())

    def _bytes(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"{path.name} is missing in {path.parent}", hint="Complete it: machiya init.") from error
        except PermissionError as error:
            raise SecretsLocked(
                f"{path.name} cannot be read by this user", hint="Run this as the owner of the house."
            ) from error
