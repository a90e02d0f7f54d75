"""Where things lie: every path that the command line writes to, under one root.

Contract: pure path arithmetic; only `Layout.site_packages` looks at the disk. All paths absolute.
"""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The folders of one checkout. `.venv` and `.bbia` are ours to delete and make again."""

    root: Path = REPOSITORY_ROOT

    @property
    def venv(self) -> Path:
        return self.root / '.venv'

    @property
    def python(self) -> Path:
        return self.venv / 'bin' / 'python'

    @property
    def state(self) -> Path:
        """Everything made that is not the Python environment."""
        return self.root / '.bbia'

    @property
    def stamps(self) -> Path:
        return self.state / 'stamps'

    @property
    def build(self) -> Path:
        return self.state / 'build'

    @property
    def install(self) -> Path:
        return self.state / 'install'

    @property
    def daemon_venv(self) -> Path:
        """The environment of the official daemon, which tests compare with."""
        return self.state / 'daemon-venv'

    @property
    def docs_venv(self) -> Path:
        """The environment that the documentation site is built with."""
        return self.state / 'docs-venv'

    @property
    def site(self) -> Path:
        """The built documentation site."""
        return self.state / 'site'

    @property
    def log(self) -> Path:
        return self.state / 'log'

    @property
    def cache(self) -> Path:
        """Stands in for the user's cache folder where there is no usable home."""
        return self.state / 'cache'

    def site_packages(self, prefix: Path) -> Path:
        """Return the site-packages of `prefix` for the Python version that `.venv` has.

        Raises FileNotFoundError when `.venv` has not been made.
        """
        for folder in sorted(self.venv.glob('lib/python3.*')):
            return prefix / 'lib' / folder.name / 'site-packages'
        raise FileNotFoundError(f'{self.venv} is not there or not complete: run ./bbia setup')
