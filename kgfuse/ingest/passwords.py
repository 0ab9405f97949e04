"""The passwords a person gave for encrypted files."""

from __future__ import annotations

from kgfuse.errors import Encrypted
from kgfuse.protocols import RawFile


def passwords_of(file: RawFile) -> tuple[str, ...]:
    """Return the lines of the password file of the settings, without line ends. Raises Encrypted when it cannot be read."""
    place = file.settings.password_file if file.settings else None
    if place is None:
        return ()
    try:
        lines = place.expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise Encrypted("needs a password, and the file of passwords cannot be read") from error
    return tuple(line for line in lines if line)
