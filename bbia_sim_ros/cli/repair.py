"""Repair the paths that the ROS wheels' CMake files were exported with.

The wheels were built under /opt/python/cp311-cp311 (or another version), and their CMake exports
still name its include folder and site-packages, which exist on no other machine. `repair` rewrites
both to this environment's own. It searches for the strings, so it needs no list of files, and finds
nothing the second time. Files are replaced, never edited in place: uv hard-links them into its
cache, which other environments share.
"""

import os
import re
from pathlib import Path

BUILD_INCLUDE = re.compile(r'/opt/python/cp\d+-cp\d+/include/python3\.\d+')
BUILD_SITE_PACKAGES = re.compile(r'/opt/python/cp\d+-cp\d+/lib/python3\.\d+/site-packages')


def repair(prefix: Path, *, include: Path, site_packages: Path) -> list[Path]:
    """Rewrite the CMake files under `prefix`/share and return those that were changed."""
    changed = []
    for path in sorted(prefix.glob('share/**/*.cmake')):
        before = path.read_text(encoding='utf-8', errors='surrogateescape')
        after = BUILD_INCLUDE.sub(lambda _: str(include), before)
        after = BUILD_SITE_PACKAGES.sub(lambda _: str(site_packages), after)
        if after != before:
            _replace(path, after)
            changed.append(path)
    return changed


def _replace(path: Path, content: str) -> None:
    temporary = path.with_name(f'{path.name}.{os.getpid()}.tmp')
    temporary.write_text(content, encoding='utf-8', errors='surrogateescape')
    temporary.chmod(path.stat().st_mode)
    temporary.replace(path)
