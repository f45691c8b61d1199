"""Read config/permissions.yaml into plain data, and name every fault in it with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

import yaml

Scope = Literal["own", "team", "all"]
Act = Literal["view", "add", "change", "delete"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
ACTS: tuple[Act, ...] = get_args(Act)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
READ_METHODS = frozenset({"GET", "HEAD"})
API = "api:"
SECTIONS = ("roles", "rights", "verbs", "admin", "urls")
T = TypeVar("T")


class BadPermissionFile(Exception):
    """The permission file cannot be used; the text lists every fault with its line."""


@dataclass(frozen=True)
class Verb:
    """One verb: the reach that each role or right gives, and what else the act demands."""

    name: str
    grants: dict[str, Scope]
    not_self: str | None
    needs_reason: bool
    needs_fresh_proof: bool = False


@dataclass(frozen=True)
class Address:
    """One URL by its name: `verb` is None where being signed in, or nothing at all, is enough.

    `verbs` holds the verb of a method where methods differ. `scope` is the noun that a token must
    hold with `:read` or `:write`; every address of the API that is not public has one.
    `is_for_staff` and `is_closed` are for pages that the admin makes by itself.
    """

    name: str
    methods: frozenset[str]
    verb: str | None = None
    verbs: dict[str, str] = field(default_factory=dict)
    scope: str = ""
    is_public: bool = False
    is_for_staff: bool = False
    is_closed: bool = False

    def verb_of(self, method: str) -> str | None:
        return self.verbs.get("GET" if method == "HEAD" else method, self.verb)

    def scope_of(self, method: str) -> str:
        """What a token needs for this method, such as `cases:write`."""
        return f"{self.scope}:{'read' if method in READ_METHODS else 'write'}"


@dataclass
class Policy:
    """The whole file as data."""

    roles: tuple[str, ...] = ()
    rights: dict[str, str] = field(default_factory=dict)
    verbs: dict[str, Verb] = field(default_factory=dict)
    admin: dict[str, dict[Act, str]] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)

    @property
    def scopes(self) -> list[str]:
        """Every scope that a token may hold, in order."""
        found = {a.scope_of(m) for a in self.addresses.values() if a.scope for m in a.methods}
        return sorted(found)


def parse(text: str) -> Policy:
    """Raises BadPermissionFile naming every fault together."""
    return _Reader().read(text)


class _Reader:
    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []
        self.policy = Policy()

    def read(self, text: str) -> Policy:
        sections = self.sections(text)
        self.read_names(sections)
        for name, node in self.pairs(sections.get("verbs")):
            self.read_verb(name, node)
        for name, node in self.pairs(sections.get("admin")):
            self.read_admin(name, node)
        for name, node in self.pairs(sections.get("urls")):
            self.read_address(name, node)
        self.refuse()
        return self.policy

    def sections(self, text: str) -> dict[str, yaml.Node]:
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.faults.append((line, f"not readable as YAML: {error.problem}"))
            self.refuse()
        sections = dict(self.pairs(root))
        for name in sections.keys() - set(SECTIONS):
            self.fault(sections[name], f"no such section: {name}")
        return sections

    def refuse(self) -> None:
        if self.faults:
            lines = [f"  line {line}: {text}." for line, text in sorted(self.faults)]
            raise BadPermissionFile("config/permissions.yaml cannot be used:\n" + "\n".join(lines))

    def fault(self, node: yaml.Node, text: str) -> None:
        self.faults.append((node.start_mark.line + 1, text))

    def read_names(self, sections: dict[str, yaml.Node]) -> None:
        roles = sections.get("roles")
        if isinstance(roles, yaml.SequenceNode):
            self.policy.roles = tuple(str(item.value) for item in roles.value)
        for name, node in self.pairs(sections.get("rights")):
            self.policy.rights[name] = self.scalar(node)

    def read_verb(self, name: str, node: yaml.Node) -> None:
        parts = self.known(node, ("grants", "not_self", "reason", "fresh"), f"verb {name}")
        grants: dict[str, Scope] = {}
        for holder, reach in self.pairs(parts.get("grants")):
            if holder not in (*self.policy.roles, *self.policy.rights):
                self.fault(reach, f"no such role or right: {holder}")
            grants[holder] = self.choice(reach, SCOPES, "reach")
        not_self = self.scalar(parts["not_self"]) if "not_self" in parts else None
        needs_reason = "reason" in parts and bool(
            self.choice(parts["reason"], ("required",), "reason")
        )
        is_fresh = "fresh" in parts and self.is_true(parts["fresh"])
        self.policy.verbs[name] = Verb(name, grants, not_self, needs_reason, is_fresh)

    def read_admin(self, label: str, node: yaml.Node) -> None:
        acts = self.known(node, ACTS, f"admin of {label}")
        self.policy.admin[label.lower()] = {
            act: self.verb_named(acts[act]) for act in ACTS if act in acts
        }

    def read_address(self, name: str, node: yaml.Node) -> None:
        settings = ("methods", "verb", "signed_in", "public", "scope")
        parts = self.known(node, settings, f"address {name}")
        if len(parts.keys() & {"verb", "signed_in", "public"}) != 1:
            self.fault(node, f"{name} needs exactly one of verb, signed_in, public")
        if ("scope" in parts) != (name.startswith(API) and "public" not in parts):
            self.fault(node, f"{name} needs a scope exactly if it is an address of the API")
        verb, verbs = None, {}
        if isinstance(parts.get("verb"), yaml.MappingNode):
            verbs = {method: self.verb_named(each) for method, each in self.pairs(parts["verb"])}
        elif "verb" in parts:
            verb = self.verb_named(parts["verb"])
        self.policy.addresses[name] = Address(
            name=name,
            methods=self.methods(parts.get("methods"), node, verbs),
            verb=verb,
            verbs=verbs,
            scope=self.scalar(parts["scope"]) if "scope" in parts else "",
            is_public="public" in parts and self.is_true(parts["public"]),
        )
        if "signed_in" in parts:
            self.is_true(parts["signed_in"])

    def methods(
        self, node: yaml.Node | None, address: yaml.Node, verbs: dict[str, str]
    ) -> frozenset[str]:
        """The methods of the list, or those that `verb` names one by one."""
        if verbs and node is None:
            for method in verbs.keys() - set(METHODS):
                self.fault(address, f"no such method: {method}; use {', '.join(METHODS)}")
            found = set(verbs)
        elif not isinstance(node, yaml.SequenceNode) or not node.value or verbs:
            self.fault(node or address, "methods is a list such as [GET, POST]")
            return frozenset()
        else:
            found = {self.choice(item, METHODS, "method") for item in node.value}
        return frozenset(found | {"HEAD"} if "GET" in found else found)

    def verb_named(self, node: yaml.Node) -> str:
        name = self.scalar(node)
        if name not in self.policy.verbs:
            self.fault(node, f"no such verb: {name}")
        return name

    # --- Nodes ----------------------------------------------------------------------------------

    def pairs(self, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "a mapping of names is expected here")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                self.fault(key, f"{key.value} stands here twice")
            seen.add(key.value)
            yield str(key.value), value

    def known(self, node: yaml.Node, names: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        parts = dict(self.pairs(node))
        for name in parts.keys() - set(names):
            self.fault(parts[name], f"{what} has no setting {name}; use {', '.join(names)}")
        return parts

    def scalar(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and node.value:
            return str(node.value)
        self.fault(node, "a single word or sentence is expected here")
        return ""

    def choice(self, node: yaml.Node, choices: tuple[T, ...], what: str) -> T:
        for choice in choices:
            if choice == node.value:
                return choice
        allowed = ", ".join(str(choice) for choice in choices)
        self.fault(node, f"no such {what}: {node.value}; use {allowed}")
        return choices[0]

    def is_true(self, node: yaml.Node) -> bool:
        return self.choice(node, ("true",), "value") == "true"
