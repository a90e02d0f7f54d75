"""What docs/security.md says is not in the code is not in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ('bbia_sim_ros', 'launch', 'requirements')
# The decoders are made from the fields of installed message classes, see docs/security.md.
ALLOWED = {('bbia_sim_ros/bridge/cdr.py', 'exec')}
# Messages between a pool and its own workers.
PICKLES = 'bbia_sim_ros/models/transport.py'
CALLS = {
    'eval', 'exec', 'os.system', 'os.popen', 'tempfile.mktemp', 'np.load', 'numpy.load',
    'torch.load', 'yaml.load', 'yaml.load_all', 'yaml.unsafe_load', 'yaml.full_load',
}  # fmt: skip
KEYWORDS = ('shell', 'trust_remote_code', 'allow_pickle')
MODULES = {'pickle', 'marshal', 'shelve', 'dill', 'cloudpickle'}


def dangers(source: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield (file, what) of everything in a source text that this test is about."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS:
                yield name, called
            for keyword in node.keywords:
                is_off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                if keyword.arg in KEYWORDS and not is_off:
                    yield name, f'{keyword.arg}='
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, 'module', None)
            for imported in {module, *(alias.name for alias in node.names)} & MODULES:
                yield name, imported


def test_no_call_makes_code_or_objects_of_what_comes_from_elsewhere() -> None:
    found = set()
    for folder in FOLDERS:
        for path in sorted(ROOT.joinpath(folder).rglob('*.py')):
            name = path.relative_to(ROOT).as_posix()
            found |= set(dangers(path.read_text(encoding='utf-8'), name))
    assert found == {*ALLOWED, (PICKLES, 'pickle')}


@pytest.mark.parametrize(
    'source',
    [
        'eval(text)',
        'yaml.load(file, Loader=yaml.Loader)',
        'import pickle',
        'from pickle import loads',
        'subprocess.run(command, shell=True)',
        'AutoModel.from_pretrained(name, trust_remote_code=flag)',
        'np.load(path)',
    ],
)
def test_each_of_them_would_be_noticed(source: str) -> None:
    assert list(dangers(source, 'file.py'))
