"""The user the servers run as. Postgres refuses to run as root, and nothing else needs to."""

import os
import pwd
import shutil
import stat

from stack.errors import StackError

UNPRIVILEGED = "nobody"


class Account:
    """Who the servers run as: ourselves, or `nobody` when we are root."""

    def __init__(self):
        entry = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.name, self.uid, self.gid = entry.pw_name, entry.pw_uid, entry.pw_gid
        self.drops_root = os.geteuid() == 0

    def wrap(self, argv, death_signal=None):
        """The command that runs argv as this account. setpriv executes it in its own place, so the pid stays."""
        options = []
        if self.drops_root:
            options += [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        if death_signal:
            options += ["--pdeathsig", death_signal]
        return ["setpriv", *options, *argv] if options else list(argv)

    def folder(self, path, mode=0o700):
        """Makes a folder that belongs to the account."""
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if self.drops_root:
            os.chown(path, self.uid, self.gid)
        return path

    def write(self, path, text, mode=0o600):
        """Writes a file that only the account can read; it never exists with wider rights."""
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        if self.drops_root:
            os.chown(path, self.uid, self.gid)
        return path

    def check_reaches(self, path):
        """Raises when the account can't walk to the path: a clear error now instead of an odd one from a server."""
        if not self.drops_root:
            return
        for folder in [path, *path.parents]:
            info = folder.stat()
            if not info.st_mode & stat.S_IXOTH and info.st_uid != self.uid:
                raise StackError(
                    f"under root the servers run as '{self.name}', which can't enter {folder} "
                    f"(mode {stat.S_IMODE(info.st_mode):o}). Use another folder, chmod o+x it, or work as an ordinary user"
                )


def require(command, group="stack"):
    path = shutil.which(command)
    if not path:
        raise StackError(f"{command} is not installed: run scripts/bootstrap {group}")
    return path
