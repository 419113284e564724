#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WEBHOOK_TOOL FOLDER: installs the npm packages of package-lock.json into FOLDER, and runs webhooks.test.mjs there."""
import os
import pathlib
import shutil
import subprocess
import sys


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tool, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    here = pathlib.Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "webhooks.test.mjs"):
        shutil.copy(here / name, folder / name)
    # npm ci installs what the lock file says, by its digests, and runs nothing of what it installs. What is there already stays.
    lock = (folder / "package-lock.json").read_bytes()
    done = folder / "node_modules" / ".installed"
    if not done.exists() or done.read_bytes() != lock:
        installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        if installed.returncode != 0:
            sys.exit("error: npm ci could not install the packages of tests/webhooks/package-lock.json\nhint: is npm installed, and is its registry reached?")
        done.write_bytes(lock)
    env = dict(os.environ, WEBHOOK_TOOL=str(tool))
    sys.exit(subprocess.run(["node", "--test", "webhooks.test.mjs"], cwd=folder, env=env).returncode)


if __name__ == "__main__":
    main()
