"""What can be wrong with a backup or a restore, for whoever runs the command: each ends it with exit code 1.

FootfallError
├── BackupRefused       there is something already, or there is nothing to copy
├── BackupFailed        the machinery: a full disk, a server that went away; what was begun is removed
└── BackupDamaged       it is no whole backup: no manifest, a file that is missing or not what it was
"""

from __future__ import annotations

from schemas.errors import FootfallError


class BackupRefused(FootfallError):
    """The command cannot mean this; nothing was changed."""


class BackupFailed(FootfallError):
    """It could not be carried out; the text says why."""


class BackupDamaged(FootfallError):
    """What is there is no whole backup of ours."""
