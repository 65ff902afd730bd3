"""Configuration: a Python file, a dict, or the INI -> one object with attributes.

1. A name that is no Python identifier is refused, unless the dict says ``__force_dict__``.
2. ``%(confdir)s`` in a text is the directory of the file, or the working directory.
3. There is no configuration of the process: each application has its own, ``application.config``, and
   ``conf`` is that of the application that answers.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from apirouter.errors import ConfigError

_IDENTIFIER = re.compile(r"[a-zA-Z_]\w*")

#: What a configuration has unless it says otherwise.
DEFAULT: Mapping[str, Any] = {
    # Pecan's default; what serves reads its own section.
    "server": {"port": "8080", "host": "0.0.0.0"},  # nosec B104
    "app": {
        "root": None,
        "modules": [],
        "static_root": "public",
        "template_path": "",
        "force_canonical": True,
    },
}


class ConfigDict(dict[str, Any]):
    """A dict that stays one."""


class MissingFile(ConfigError, RuntimeError):
    """A configuration file is not there."""


class Config:
    """A configuration, and each of its sections.

    :param conf_dict: name -> value; dicts become sections.
    :param filename: the file it is from, for ``%(confdir)s``.
    :raises ValueError: a name is no identifier.
    """

    def __init__(self, conf_dict: Any = None, filename: str = "") -> None:
        object.__setattr__(self, "__values__", {})
        object.__setattr__(self, "__file__", filename)
        self.update(conf_dict or {})

    def empty(self) -> None:
        """Forget everything."""
        self.__values__.clear()

    def update(self, conf_dict: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Merge names and values in; sections are merged, not replaced.

        :raises ValueError: a name is no identifier.
        """
        pairs = conf_dict.items() if isinstance(conf_dict, Mapping) else conf_dict
        for name, value in list(pairs):
            if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                raise ValueError(
                    f"'{name}' is not a valid Python identifier, consider using the '__force_dict__' key if "
                    "requiring a native dictionary"
                )
            now = self.__values__.get(name)
            if isinstance(now, Config) and isinstance(value, (Mapping, Config)):
                now.update(value)
            else:
                self[name] = value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or another where there is none."""
        return self.__values__.get(name, default)

    def to_dict(self, prefix: str | None = None) -> dict[str, Any]:
        """Return plain dicts, down to the last section.

        :param prefix: put in front of every name.
        """
        return {
            f"{prefix or ''}{name}": value.to_dict(prefix) if isinstance(value, Config) else value
            for name, value in self
        }

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "__values__")[name]
        except KeyError:
            raise AttributeError(f"the configuration has no attribute '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __getitem__(self, name: str) -> Any:
        return self.__values__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, dict) and not isinstance(value, ConfigDict):
            if value.get("__force_dict__"):
                value = ConfigDict((k, v) for k, v in value.items() if k != "__force_dict__")
            else:
                value = Config(value, filename=self.__file__)
        elif isinstance(value, str) and "%(confdir)s" in value:
            value = value.replace("%(confdir)s", os.path.dirname(self.__file__) or os.getcwd())
        self.__values__[name] = value

    def __contains__(self, name: object) -> bool:
        return name in self.__values__

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.__values__.items())

    def __len__(self) -> int:
        return len(self.__values__)

    def __dir__(self) -> list[str]:
        return list(self.__values__)

    def __repr__(self) -> str:
        return f"Config({self.__values__})"


def conf_from_dict(conf_dict: Mapping[str, Any]) -> Config:
    """Return the configuration in a dict; modules and private names are passed over.

    :param conf_dict: name -> value; ``__file__`` is the file it is from.
    """
    conf = Config(filename=conf_dict.get("__file__", ""))
    for name, value in conf_dict.items():
        if not name.startswith("__") and not inspect.ismodule(value):
            conf[name] = value
    return conf


def section_file(path: Any) -> Config:
    """Return what the option ``config`` of a section names.

    :param path: as for :func:`read`.
    :raises ConfigError: there is no such file; it names the option.
    """
    try:
        return read(path)
    except MissingFile as error:
        raise no_section_file(error.file) from error


def no_section_file(file: object) -> ConfigError:
    """Return the error of an option ``config`` that names no file.

    :param file: its absolute path.
    """
    return ConfigError(f"there is no file {file}", fix="check the path", option="config")


def conf_from_file(path: str) -> Config:
    """Run a Python file, and return the configuration in its names.

    :param path: the file.
    :raises MissingFile: there is none.
    """
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise MissingFile(f"`{file}` is not a file.", file=str(file))
    # Bytes: a file may declare its encoding.
    code = compile(file.read_bytes(), str(file), "exec")
    names: dict[str, Any] = {"__file__": str(file), "__name__": file.stem, "__builtins__": __builtins__}
    # The operator's own file, which is Python, as Pecan has it.
    exec(code, names)  # nosec B102
    names.pop("__builtins__")
    return conf_from_dict(names)


def initconf() -> Config:
    """Return the defaults."""
    return conf_from_dict(DEFAULT)


def read(config: Any) -> Config:
    """Return a configuration: of a file's name, a dict, or as it is.

    :param config: one of these.
    :raises TypeError: it is something else.
    """
    if isinstance(config, Config):
        return config
    conf = initconf()
    if isinstance(config, (str, os.PathLike)):
        found = conf_from_file(os.fspath(config))
        object.__setattr__(conf, "__file__", found.__file__)
        conf.update(found)
    elif isinstance(config, Mapping):
        conf.update(conf_from_dict(config))
    else:
        raise TypeError(f"{config!r} is neither a dictionary nor the name of a file")
    return conf


def get_conf_path_from_env(variable: str = "APIROUTER_CONFIG") -> str:
    """Return the file that an environment variable names.

    :raises MissingFile: it is not set, or names no file.
    """
    path = os.environ.get(variable)
    if not path:
        raise MissingFile(f"{variable} is not set and no config file was passed as an argument.")
    if not os.path.isfile(path):
        raise MissingFile(f"{variable} was set to an invalid path: {path}")
    return path
