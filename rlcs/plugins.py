"""Names that configurations use, the decorators that register what stands behind them, and people's own files.

One file with one decorated function or class is all it takes to add a verifier, a sampler, an advantage estimator or
a loss. What a configuration lists under `plugins` is loaded here; nothing else needs to know of it.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from rlcs.errors import UserError, unknown_name

_PREFIX = "rlcs_plugin_"
GROUP = "rlcs.plugins"
"""Entry points of this group name modules of installed packages: `[project.entry-points."rlcs.plugins"]`."""
Entry = TypeVar("Entry")


def load_plugins(plugins: Iterable[str]) -> list[ModuleType]:
    """Load the installed plug-ins, then each given one, a path that ends in .py or the name of a module.

    One that is loaded already stays as it is.
    """
    named = [*installed_plugins(), *plugins]
    return [_load_file(Path(plugin)) if plugin.endswith(".py") else _load_module(plugin) for plugin in named]


@dataclass(frozen=True)
class Packed:
    """A plug-in on its way to another machine: files go with their text, modules are installed there."""

    plugin: str
    text: str | None = None


def pack(plugins: Iterable[str]) -> list[Packed]:
    """Return plug-ins as `unpack` takes them in a process on any machine."""
    return [
        Packed(name, Path(name).expanduser().read_text("utf-8") if name.endswith(".py") else None) for name in plugins
    ]


def unpack(plugins: Iterable[Packed]) -> None:
    """Load packed plug-ins; a file that this machine lacks, or has otherwise, is loaded from a copy."""
    load_plugins(())
    for packed in plugins:
        if packed.text is None:
            _load_module(packed.plugin)
            continue
        path = Path(packed.plugin).expanduser()
        is_here = path.is_file() and path.read_text("utf-8") == packed.text
        _load_file(path, None if is_here else _copy(path.name, packed.text))


def _copy(name: str, text: str) -> Path:
    copy = Path(tempfile.mkdtemp(prefix="rlcs-plugin-")) / name
    copy.write_text(text, encoding="utf-8")
    return copy


def installed_plugins() -> list[str]:
    """Return the modules that installed packages offer as plug-ins."""
    return sorted({entry.module for entry in importlib.metadata.entry_points(group=GROUP)})


def plugin_of(module_name: str) -> str:
    """Return what to give `load_plugins` in another process to have the module `module_name` there too."""
    if not module_name.startswith(_PREFIX):
        return module_name
    path = sys.modules[module_name].__file__
    assert path is not None, f"plug-in {module_name} was not loaded from a file"
    return path


def _load_file(path: Path, copy: Path | None = None) -> ModuleType:
    """Load a plug-in under a name made of its path; what is read is `copy` when given."""
    path = path.expanduser().resolve()
    if copy is None and not path.is_file():
        raise UserError(f"plug-in {path} does not exist; correct the path under plugins")
    # A private name: a user's math.py must not become the math that others import.
    name = f"{_PREFIX}{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, copy or path)
    assert spec is not None and spec.loader is not None, f"no loader for {path}"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except UserError:
        del sys.modules[name]
        raise
    except Exception as error:
        del sys.modules[name]
        raise _failed(str(path), error) from error
    return module


def _load_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise UserError(
                f"plug-in module {name!r} cannot be imported; install it, or give the path of a .py file"
            ) from error
        raise _failed(name, error) from error


def _failed(plugin: str, error: Exception) -> UserError:
    line = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{error.filename}:{error.lineno}" if isinstance(error, SyntaxError) else f"{line.filename}:{line.lineno}"
    return UserError(f"plug-in {plugin} could not be loaded: {type(error).__name__} at {where}: {error}")


class Registry(Generic[Entry]):
    """A table from name to object. Registering a name twice is an error; an unknown name lists the near ones."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, entry: Entry) -> None:
        """Register `entry`; the same definition loaded again (a plug-in file read twice) replaces itself."""
        known = self._entries.get(name)
        if known is not None and origin(known) != origin(entry):
            raise UserError(
                f"{self.kind} {name!r} is registered twice: by {origin(known)} and {origin(entry)}; rename one"
            )
        self._entries[name] = entry

    def get(self, name: str) -> Entry:
        """Return the entry called `name`, or raise a UserError naming the nearest known name."""
        if name not in self._entries:
            raise unknown_name(self.kind, name, self._entries)
        return self._entries[name]

    def names(self) -> list[str]:
        """Return all registered names, sorted."""
        return sorted(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Use as a decorator: `@SAMPLERS.register("tiers")` above a class or function."""

        def decorate(entry: Entry) -> Entry:
            self.add(name, entry)
            return entry

        return decorate


def origin(entry: Any) -> str:
    """Return the file and name of what an entry is made of, for messages."""
    target = getattr(entry, "function", entry)
    try:
        return f"{inspect.getfile(target)}:{target.__qualname__}"
    except (TypeError, AttributeError):
        return repr(target)


SAMPLERS: Registry[Any] = Registry("sampler")


ADVANTAGES: Registry[Callable[..., Any]] = Registry("advantage estimator")


LOSSES: Registry[Callable[..., Any]] = Registry("loss")


ENVIRONMENTS: Registry[Any] = Registry("environment")


TOOLS: Registry[Any] = Registry("tool")
