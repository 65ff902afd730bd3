"""Rules in code and in policy files -> one set of oslo.policy checks, read by oslo.policy.

1. A rule of a file replaces the default in code; among files the later wins: the policy file, then
   each directory's files by name (names that start with a dot are passed over).
2. A file that can't be used in whole is used in no part: one that can't be read or parsed, that is no
   mapping, that has a rule twice (oslo.policy would take the last), one which can't be understood, or none after
   a name (oslo.policy would let everyone pass).
3. What oslo.policy merely warns of is refused: a reference to a rule that nobody defined, and a circle of
   references.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from apirouter.errors import ApiRouterError, ConfigError, MissingExtra, clip, suggest
from apirouter.foreign import check_cache
from apirouter.policy.checks import Circular, Compiler, Undefined, Unreadable, Verdict

#: path -> what tells one state of the file from another; None where there is no file.
Signature = tuple[tuple[str, "tuple[int, int, int] | None"], ...]


#: A file that oslo.policy looks for and can't find: the files were read here.
_NO_FILE = "no policy file\0"


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as it stands.

    :param name: its name.
    :param check: what it says now.
    :param default: what the code says; None for a rule that only a file has.
    :param description: what it guards.
    :param origin: who defined it: the default's owner, or the file that says it.
    :param scope_types: the scopes of tokens that it takes; empty for any.
    :param operations: ``METHOD path`` of each operation that the code says it guards.
    :param deprecated: what is to become of it, where something is.
    """

    name: str
    check: str
    default: str | None = None
    description: str = ""
    origin: str = ""
    scope_types: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    deprecated: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules at one time.

    :param rules: rule name -> rule.
    :param verdicts: rule name -> function and scope types.
    :param notes: what an operator should know, one text each.
    """

    rules: Mapping[str, Rule]
    verdicts: Mapping[str, tuple[Verdict, tuple[str, ...]]]
    notes: tuple[str, ...] = ()


def oslo_policy() -> Any:
    """Return the module ``oslo_policy.policy``.

    :raises MissingExtra: it isn't installed.
    """
    try:
        from oslo_policy import policy
    except ImportError as error:
        raise MissingExtra("a service with policy rules", "oslo.policy", "policy") from error
    return policy


class PolicyFileError(ConfigError):
    """A policy file can't be used."""


class Source:
    """Where a service's rules come from.

    :param defaults: rule name -> the default in code and its owner.
    :param policy_file: path of the policy file, or None.
    :param policy_dirs: paths of directories of policy files; one that isn't there is passed over.
    :param enforce_new_defaults: leave a deprecated default out, instead of accepting what it accepts too.
    :param asked: names of rules that are asked where a file has them, though no code defines them.
    """

    def __init__(
        self,
        defaults: Mapping[str, tuple[Any, str]],
        policy_file: str | None,
        policy_dirs: Sequence[str],
        *,
        enforce_new_defaults: bool,
        asked: Collection[str] = (),
    ) -> None:
        self.defaults = defaults
        self.policy_file = os.path.abspath(policy_file) if policy_file else None
        self.policy_dirs = tuple(os.path.abspath(path) for path in policy_dirs)
        self.enforce_new_defaults, self.asked = enforce_new_defaults, frozenset(asked)

    def signature(self) -> Signature:
        """Return what changes when a file changes, comes or goes."""
        paths = [self.policy_file] if self.policy_file else []
        for directory in self.policy_dirs:
            paths += [directory, *_files_of(directory)]
        return tuple((path, _state(path)) for path in paths)

    def read(self) -> RuleSet:
        """Read everything anew.

        :raises PolicyFileError: a file can't be used.
        :raises ConfigError: others can write the cache that says which checks there are.
        :raises ApiRouterError: the rules don't fit together.
        """
        check_cache()
        by_file = dict(self._files())
        file_rules: dict[str, tuple[Any, str]] = {}
        for path, rules in by_file.items():
            file_rules.update({name: (rule, path) for name, rule in rules.items()})
        enforcer = self._enforcer({name: rule for name, (rule, _) in file_rules.items()})
        try:
            functions = Compiler(enforcer.rules, enforcer).all()
        except Undefined as error:
            fix = suggest(error.missing, enforcer.rules)
            raise self._blame(error.name, file_rules, str(error), fix) from error
        except Unreadable as error:
            raise self._blame(error.name, file_rules, str(error), "quote a text: 'text':%(key)s") from error
        except Circular as error:
            blamed = next((name for name in error.names if name in file_rules), error.names[0])
            raise self._blame(blamed, file_rules, str(error), "break the circle") from error
        rules = {name: self._rule(name, check, file_rules) for name, check in enforcer.rules.items()}
        verdicts = {name: (functions[name], rules[name].scope_types) for name in rules}
        return RuleSet(rules, verdicts, tuple(self._notes(file_rules)))

    def _files(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.policy_file:
            yield self.policy_file, _parsed(self.policy_file)
        for directory in self.policy_dirs:
            for path in _files_of(directory):
                yield path, _parsed(path)

    def _enforcer(self, file_rules: dict[str, Any]) -> Any:
        """Return an oslo.policy Enforcer that has done its own work on defaults, files and deprecations."""
        from oslo_config import cfg

        policy = oslo_policy()
        conf = cfg.ConfigOpts()
        conf([], project="apirouter", default_config_files=[], default_config_dirs=[])
        enforcer = policy.Enforcer(conf, policy_file=_NO_FILE)
        conf.set_override("policy_dirs", [], group="oslo_policy")
        conf.set_override("enforce_new_defaults", self.enforce_new_defaults, group="oslo_policy")
        # What it would warn of through the warnings module, the notes tell operators in the log.
        enforcer.suppress_deprecation_warnings = True
        enforcer.suppress_default_change_warnings = True
        enforcer.skip_undefined_check = True
        for default, _ in self.defaults.values():
            enforcer.register_default(default)
        enforcer.file_rules = {name: policy.RuleDefault(name, rule) for name, rule in file_rules.items()}
        enforcer.set_rules({name: rule.check for name, rule in enforcer.file_rules.items()}, use_conf=True)
        enforcer.load_rules()
        return enforcer

    def _blame(
        self, name: str, file_rules: Mapping[str, tuple[Any, str]], problem: str, fix: str
    ) -> ApiRouterError:
        if name in file_rules:
            return PolicyFileError(problem, fix=fix, file=file_rules[name][1])
        owner = self.defaults[name][1] if name in self.defaults else ""
        return ConfigError(f"{problem} (defined by {owner})" if owner else problem, fix=fix)

    def _rule(self, name: str, check: Any, file_rules: Mapping[str, tuple[Any, str]]) -> Rule:
        default, owner = self.defaults.get(name, (None, ""))
        origin = file_rules[name][1] if name in file_rules else owner
        if default is None:
            return Rule(name, str(check), origin=origin)
        return Rule(
            name,
            str(check),
            default.check_str if isinstance(default.check_str, str) else str(default.check),
            default.description or "",
            origin,
            tuple(default.scope_types or ()),
            tuple(_operations(default)),
            _deprecation(default),
        )

    def _notes(self, file_rules: Mapping[str, tuple[Any, str]]) -> Iterator[str]:
        former = {d.deprecated_rule.name: d for d, _ in self.defaults.values() if d.deprecated_rule}
        referred = _references(rule for rule, _ in file_rules.values())
        for name, (_, path) in file_rules.items():
            if name in self.defaults:
                default = self.defaults[name][0]
                if default.deprecated_for_removal:
                    yield f"{path}: rule '{name}' {_deprecation(default)}"
            elif name in former:
                default = former[name]
                yield f"{path}: rule '{name}' is now called '{default.name}'; rename it"
            elif name not in referred | self.asked and self.defaults and name != "default":
                yield f"{path}: rule '{name}' guards nothing; {suggest(name, {*self.defaults, *self.asked})}"


def _parsed(path: str) -> dict[str, Any]:
    """Return the rules of a file: name -> text or list.

    :raises PolicyFileError: it can't be used.
    """
    policy = oslo_policy()
    try:
        with open(path, encoding="utf-8") as file:
            found = _mapped(file.read())
    except OSError as error:
        raise PolicyFileError(f"the policy file can't be read: {error.strerror}", file=path) from error
    except (ValueError, RecursionError) as error:
        # YAML's own message names line and column.
        raise PolicyFileError(f"the policy file is neither YAML nor JSON: {error}", file=path) from error
    except PolicyFileError as error:
        raise error.located(file=path) from error
    if not isinstance(found, dict):
        raise PolicyFileError("the policy file is no mapping of rule names to rules", file=path)
    for name, rule in found.items():
        try:
            problem = _problem(policy, name, rule)
        except RecursionError:
            problem = "nests too deeply"
        if problem:
            raise PolicyFileError(f"rule '{clip(name)}' {problem}", file=path)
    return found


def _mapped(text: str) -> Any:
    """Read a file's text as oslo.policy does, and refuse what it passes over: a rule that is there twice.

    :raises PolicyFileError: one is.
    :raises ValueError: the text is no YAML.
    """
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            _refuse_twice([key for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
        return (None if node is None else loader.construct_document(node)) or {}
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    finally:
        loader.dispose()


def _refuse_twice(keys: Iterable[Any]) -> None:
    lines: dict[tuple[str, str], int] = {}
    for key in keys:
        name, line = (key.tag, key.value), key.start_mark.line + 1
        # What is merged in (``<<``) is no rule.
        if name in lines and not key.tag.endswith(":merge"):
            problem = f"rule '{clip(key.value)}' is there twice, in line {lines[name]} too"
            raise PolicyFileError(problem, fix="leave one of the two", line=line)
        lines[name] = line


def _problem(policy: Any, name: Any, rule: Any) -> str:
    if not isinstance(name, str):
        return "has a name that is no text; quote it"
    if rule is None:
        return "says nothing; write '@' to let everyone pass, '!' to let nobody"
    if not isinstance(rule, (str, list)):
        return f"is a {type(rule).__name__}; a rule is a text, as 'role:admin'"
    if isinstance(rule, list):
        words = [word for part in rule for word in ([part] if isinstance(part, str) else part or ())]
        bad = [word for word in words if not isinstance(word, str) or (":" not in word and word not in "!@")]
        return f"has a check that can't be understood: {clip(repr(bad[0]))}" if bad else ""
    # oslo.policy makes a refusal of what it can't understand.
    refusals = sum(word.strip("()") == "!" for word in re.split(r"\s+", rule))
    if (
        sum(type(check).__name__ == "FalseCheck" for check in _tree(policy.RuleDefault(name, rule).check))
        != refusals
    ):
        return f"can't be understood: {clip(repr(rule))}"
    return ""


def _tree(check: Any) -> Iterator[Any]:
    yield check
    for inner in getattr(check, "rules", None) or ():
        yield from _tree(inner)
    inner = getattr(check, "rule", None)
    if inner is not None:
        yield from _tree(inner)


def _references(rules: Iterable[Any]) -> set[str]:
    return set(re.findall(r"rule:([^\s()'\"\],]+)", " ".join(map(str, rules))))


def _operations(default: Any) -> Iterator[str]:
    for operation in getattr(default, "operations", ()):
        methods = operation["method"]
        for method in [methods] if isinstance(methods, str) else methods:
            yield f"{method} {operation['path']}"


def _deprecation(default: Any) -> str:
    if default.deprecated_for_removal:
        return (
            f"is deprecated since {default.deprecated_since} and to be removed: {default.deprecated_reason}"
        )
    former = default.deprecated_rule
    if former is None:
        return ""
    since = getattr(former, "deprecated_since", None) or default.deprecated_since
    reason = getattr(former, "deprecated_reason", None) or default.deprecated_reason
    return f"replaces '{former.name}' ({former.check_str}) since {since}: {reason}"


def _files_of(directory: str) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return sorted(e.path for e in entries if not e.name.startswith(".") and e.is_file())
    except OSError:
        # oslo.policy passes over a directory that isn't there; it may come.
        return []


def _state(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
