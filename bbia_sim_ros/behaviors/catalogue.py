"""All behaviors by name: those of `behaviors/library`, and those of other packages.

Contract
    `Catalogue.discover` imports the modules of the library and loads the entry points of the group
    ``bbia_sim_ros.behaviors``. One that cannot be imported, is no behavior, or has a name that is
    taken is left out and named in ``problems``; the others live on. The library comes first, then
    distributions by name. What has been made does not change and may be read by any thread.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from importlib.metadata import entry_points
from types import MappingProxyType
from types import ModuleType
from typing import Final

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from pydantic_core import to_json

from bbia_sim_ros.behaviors import library
from bbia_sim_ros.behaviors.behavior import ENTRY_POINT_GROUP
from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.checking import Entry
from bbia_sim_ros.behaviors.checking import NotABehavior
from bbia_sim_ros.behaviors.checking import checked
from bbia_sim_ros.behaviors.errors import UnknownBehavior
from bbia_sim_ros.behaviors.errors import WrongParameters

MAX_PARAMETERS_B: Final = 65_536
_MAX_SHOWN = 80
_MAX_FIELDS = 5
_MAX_PROBLEM = 300


class Catalogue:
    """See the module's docstring.

    Attributes
    ----------
    entries:
        The known behaviors by name, sorted.
    problems:
        What could not be taken, each with its origin and the reason, for a person.

    """

    def __init__(
        self, candidates: Iterable[tuple[str, object]], problems: Iterable[str] = ()
    ) -> None:
        """Take classes with their origins, the first of each name."""
        found: dict[str, Entry] = {}
        trouble = list(problems)
        for origin, candidate in candidates:
            try:
                entry = checked(candidate, origin)
            except NotABehavior as error:
                trouble.append(f'{origin}: {error}')
                continue
            if entry.name in found:
                trouble.append(f'{origin}: {entry.name} is taken by {found[entry.name].origin}')
                continue
            found[entry.name] = entry
        self.entries: Mapping[str, Entry] = MappingProxyType(dict(sorted(found.items())))
        self.problems = tuple(trouble)

    @classmethod
    def discover(cls, package: ModuleType = library) -> Catalogue:
        """Return the behaviors of a package's modules and of all entry points."""
        problems: list[str] = []
        candidates = [
            *_of_package(package, problems),
            *_of_entry_points(entry_points(group=ENTRY_POINT_GROUP), problems),
        ]
        return cls(candidates, problems)

    def entry(self, name: str) -> Entry:
        """Return what is known by a name; raises `UnknownBehavior`."""
        entry = self.entries.get(name)
        if entry is not None:
            return entry
        close = difflib.get_close_matches(name[:_MAX_SHOWN], self.entries, n=3)
        hint = f', but {" and ".join(close)}' if close else ''
        known = ', '.join(self.entries) or 'none'
        raise UnknownBehavior(f'there is no behavior {_shown(name)}{hint}; known are: {known}')

    def parse(self, name: str, text: str) -> BehaviorParameters:
        """Return the parameters that a JSON object means; '' means its defaults.

        Raises `UnknownBehavior` and `WrongParameters`.
        """
        model = self.entry(name).behavior.Parameters
        size = len(text.encode(errors='replace'))
        if size > MAX_PARAMETERS_B:
            raise WrongParameters(
                f'{name}: the parameters have {size} bytes; at most {MAX_PARAMETERS_B} are allowed'
            )
        try:
            return model.model_validate_json(text if text.strip() else '{}')
        except ValidationError as error:
            raise WrongParameters(_in_words(name, model, error)) from error

    def given(self, name: str, parameters: Mapping[str, object]) -> BehaviorParameters:
        """Return the parameters that Python values mean, under the rules of `parse`."""
        self.entry(name)
        try:
            text = to_json(dict(parameters)).decode()
        except PydanticSerializationError as error:
            raise WrongParameters(f'{name}: the parameters are no JSON values: {error}') from error
        return self.parse(name, text)


def problem_of(error: BaseException) -> str:
    """Return type and message of an error in one bounded line."""
    return f'{type(error).__name__}: {" ".join(str(error).split())}'[:_MAX_PROBLEM]


def _of_package(package: ModuleType, problems: list[str]) -> Iterable[tuple[str, object]]:
    for module in pkgutil.iter_modules(package.__path__, f'{package.__name__}.'):
        try:
            loaded = importlib.import_module(module.name)
        except Exception as error:  # noqa: BLE001 - the code of a behavior may raise anything
            problems.append(f'{module.name}: {problem_of(error)}')
            continue
        for _, one in inspect.getmembers(loaded, inspect.isclass):
            is_own = one.__module__ == module.name
            if is_own and issubclass(one, Behavior) and not inspect.isabstract(one):
                yield module.name, one


def _of_entry_points(
    points: Iterable[EntryPoint], problems: list[str]
) -> Iterable[tuple[str, object]]:
    for point in sorted(points, key=lambda one: (_distribution(one), one.name)):
        origin = f'{_distribution(point)} ({point.name} = {point.value})'
        try:
            yield origin, point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - other people's code
            problems.append(f'{origin}: {problem_of(error)}')


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ''


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f'{text[: _MAX_SHOWN - 3]}...'


def _in_words(name: str, model: type[BehaviorParameters], error: ValidationError) -> str:
    known = ', '.join(model.model_fields) or 'none'
    problems = []
    for one in error.errors(include_url=False, include_context=False)[:_MAX_FIELDS]:
        field = '.'.join(map(str, one['loc']))
        if one['type'] == 'extra_forbidden':
            problems.append(f'there is no parameter {field[:_MAX_SHOWN]}; known are: {known}')
        elif one['type'] == 'missing':
            problems.append(f'{field} is needed')
        elif not field:
            problems.append(f'{_shown(one["input"])} is no JSON object of parameters: {one["msg"]}')
        else:
            problems.append(f'{field} is {_shown(one["input"])}: {one["msg"]}')
    return f'{name}: {"; ".join(problems)}'
