"""What a manifest says: edition, table of contents, what each item demands; pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote, unquote, urlsplit

from training.scorm_archive import key_of
from training.scorm_elements import as_number
from training.scorm_findings import BadPackage, Finding, bad
from training.scorm_xml import Node, read

NAME = "imsmanifest.xml"
LARGEST_BYTES = 5 * 1024 * 1024
OTHER_STANDARDS = {"cmi5.xml": "cmi5", "tincan.xml": "xAPI (Tin Can)"}
AICC_ENDINGS = (".au", ".crs", ".des", ".cst")
EDITIONS = {
    "1.2": "1.2",
    "cam 1.3": "2004_2",
    "2004 2nd edition": "2004_2",
    "2004 3rd edition": "2004_3",
    "2004 4th edition": "2004_4",
}
SPACE_12, SPACE_2004 = "adlcp_rootv1p2", "adlcp_v1p3"
MOST_ITEMS = 2000
MOST_OBJECTIVES = 100
MOST_SHOWN = 50
LONGEST = {
    "href": 2000,
    "title": 255,
    "launch_data": 4096,
    "time": 60,
    "action": 30,
    "identifier": 255,
}
RULES_NOT_APPLIED = {
    "sequencingRules": "sequencing rules",
    "rollupRules": "rollup rules",
    "limitConditions": "limit conditions",
    "mapInfo": "objectives shared between items",
    "hideLMSUI": "hidden buttons",
    "randomizationControls": "random order",
}


@dataclass(frozen=True)
class Item:
    """One line of the table of contents. `href` is empty for a mere heading."""

    identifier: str
    parent: str
    depth: int
    title: str
    href: str
    scorm_type: str
    mastery_score: Decimal | None = None
    scaled_passing_score: Decimal | None = None
    completion_threshold: Decimal | None = None
    launch_data: str = ""
    max_time_allowed: str = ""
    time_limit_action: str = ""
    objectives: tuple[str, ...] = ()


@dataclass
class Manifest:
    edition: str
    title: str
    items: list[Item] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)

    def warn(self, code: str, sentence: str, line: int = 0) -> None:
        self.findings.append(Finding(code, sentence, NAME, line, is_error=False))


def place_of(names: Mapping[str, str]) -> str:
    """The key of the manifest among the keys and names of an archive. Raises BadPackage."""
    if NAME in names:
        return NAME
    nested = sorted(key for key in names if key.count("/") == 1 and key.endswith(f"/{NAME}"))
    if nested:
        folder = names[nested[0]].partition("/")[0]
        raise bad(
            "manifest_nested",
            f"The manifest is one folder down: zip the contents, not the folder {folder}/.",
            names[nested[0]],
        )
    top = [key for key in names if "/" not in key]
    for key, standard in OTHER_STANDARDS.items():
        if key in top:
            raise bad("other_standard", f"This is a {standard} package; export it as SCORM.", key)
    if any(key.endswith(AICC_ENDINGS) for key in top):
        raise bad("other_standard", "This is an AICC course; export it as SCORM.")
    raise bad("no_manifest", f"There is no {NAME}, so this is not a SCORM package.")


def parse(data: bytes, names: Mapping[str, str]) -> Manifest:
    """The manifest in `data`; `names` are the archive's keys and names. Raises BadPackage.

    What is odd but can be played is a warning in the result.
    """
    if len(data) > LARGEST_BYTES:
        raise bad("xml_invalid", "The manifest is larger than 5 MB.", NAME)
    root = read(data, NAME)
    if root.name != "manifest":
        raise bad("xml_invalid", f"{NAME} holds no manifest.", NAME, root.line)
    organization = _organization(root)
    edition = _edition(root)
    title = organization.text_of("title") or root.get("identifier") or "Untitled"
    manifest = Manifest(edition, title[:200])
    resources = _Resources(root, names, manifest)
    _collect(organization, manifest, resources)
    if manifest.errors:
        raise BadPackage(*manifest.errors[:MOST_SHOWN])
    if not any(item.href for item in manifest.items):
        raise bad("nothing_to_launch", "No item of the package can be opened.", NAME)
    resources.list_missing()
    _list_unapplied(root, manifest)
    return manifest


def _edition(root: Node) -> str:
    """By the schema's version, else by the namespaces that are used."""
    metadata = root.first("metadata")
    version = metadata.text_of("schemaversion").lower() if metadata else ""
    if version in EDITIONS:
        return EDITIONS[version]
    used = {node.namespace.rpartition("/")[2] for node in root.walk()}
    if any(space in used for space in (SPACE_2004, "imsss", "imscp_v1p1")):
        return "2004_4" if "2004" in version else "2004_3"
    if SPACE_12 in used or "imscp_rootv1p1p2" in used:
        return "1.2"
    raise bad(
        "edition_unknown",
        f"The manifest does not say which SCORM it is (schemaversion “{version[:40]}”).",
        NAME,
        root.line,
    )


def _organization(root: Node) -> Node:
    """The organization that `default` names; without a default, the first."""
    parent = root.first("organizations")
    found = parent.all("organization") if parent else []
    if parent is None or not found:
        raise bad("no_organization", "The manifest has no organization.", NAME, root.line)
    default = parent.get("default")
    if not default:
        return found[0]
    chosen = next((one for one in found if one.get("identifier") == default), None)
    if chosen is None:
        raise bad(
            "bad_default",
            f"The default organization “{default[:100]}” is not in the manifest.",
            NAME,
            parent.line,
        )
    return chosen


# --- Items ---------------------------------------------------------------------------------------


def _collect(organization: Node, manifest: Manifest, resources: _Resources) -> None:
    """Every item below the organization, in order."""
    known: set[str] = set()
    for node, parent, depth in _items_below(organization):
        identifier = node.get("identifier")[: LONGEST["identifier"]]
        if not identifier or identifier in known:
            identifier = f"{identifier[:240]}~{len(manifest.items) + 1}"
            manifest.warn("odd_identifier", "An item has no identifier of its own.", node.line)
        known.add(identifier)
        node.attributes["identifier"] = identifier
        manifest.items.append(_item(node, parent, depth, manifest, resources))
        if len(manifest.items) > MOST_ITEMS:
            raise bad("too_many_items", f"The package has more than {MOST_ITEMS:,} items.", NAME)


def _items_below(organization: Node) -> Iterator[tuple[Node, Node | None, int]]:
    waiting: list[tuple[Node, Node | None, int]] = [
        (node, None, 0) for node in reversed(organization.all("item"))
    ]
    while waiting:
        node, parent, depth = waiting.pop()
        yield node, parent, depth
        waiting.extend((child, node, depth + 1) for child in reversed(node.all("item")))


def _item(
    node: Node, parent: Node | None, depth: int, manifest: Manifest, resources: _Resources
) -> Item:
    try:
        href, scorm_type = resources.launch_of(node)
    except BadPackage as refusal:  # Its author wants to see them all at once.
        manifest.errors.extend(refusal.findings)
        href, scorm_type = "", ""
    sequencing = _Sequencing(node, resources.sequencings)
    identifier = node.get("identifier")
    return Item(
        identifier=identifier,
        parent=parent.get("identifier") if parent else "",
        depth=depth,
        title=(node.text_of("title") or identifier)[: LONGEST["title"]],
        href=href,
        scorm_type=scorm_type,
        mastery_score=_bounded(node, "masteryscore", "0", "100", manifest),
        scaled_passing_score=sequencing.passing_score(manifest),
        completion_threshold=_threshold(node, manifest),
        launch_data=_raw_text(node, "datafromlms", "dataFromLMS")[: LONGEST["launch_data"]],
        max_time_allowed=(sequencing.time_limit or node.text_of("maxtimeallowed"))[
            : LONGEST["time"]
        ],
        objectives=sequencing.objective_ids,
        time_limit_action=_raw_text(node, "timelimitaction", "timeLimitAction").strip()[
            : LONGEST["action"]
        ],
    )


def _raw_text(node: Node, *names: str) -> str:
    found = next((child for name in names if (child := node.first(name))), None)
    return found.text if found else ""


def _bounded(node: Node, name: str, low: str, high: str, manifest: Manifest) -> Decimal | None:
    return _number(node.text_of(name), low, high, name, node.line, manifest)


def _number(
    text: str, low: str, high: str, name: str, line: int, manifest: Manifest
) -> Decimal | None:
    if not text:
        return None
    found = as_number(text)
    if found is None or not Decimal(low) <= found <= Decimal(high):
        sentence = f"{name} “{text[:40]}” is not between {low} and {high}; it is left out."
        manifest.warn("bad_number", sentence, line)
        return None
    return found


class _Sequencing:
    """What an item's sequencing says; what it leaves out stands in the shared one it names."""

    def __init__(self, item: Node, shared: Mapping[str, Node]) -> None:
        own = item.first("sequencing")
        other = shared.get(own.get("IDRef")) if own else None
        self.parts = [node for node in (own, other) if node is not None]

    def first(self, name: str) -> Node | None:
        return next((found for part in self.parts if (found := part.first(name))), None)

    @property
    def objectives(self) -> list[Node]:
        """The primary objective first, then the others."""
        parent = self.first("objectives")
        if parent is None:
            return []
        return [*parent.all("primaryObjective"), *parent.all("objective")]

    def passing_score(self, manifest: Manifest) -> Decimal | None:
        """The measure that satisfies the primary objective, where the measure decides."""
        primary = next((one for one in self.objectives if one.name == "primaryObjective"), None)
        if primary is None or primary.get("satisfiedByMeasure").lower() != "true":
            return None
        text = primary.text_of("minNormalizedMeasure") or "1.0"
        return _number(text, "-1", "1", "minNormalizedMeasure", primary.line, manifest)

    @property
    def objective_ids(self) -> tuple[str, ...]:
        """Those that have a name, once each, for the content to find there."""
        named = [one.get("objectiveID")[: LONGEST["identifier"]] for one in self.objectives]
        return tuple(dict.fromkeys(name for name in named if name))[:MOST_OBJECTIVES]

    @property
    def time_limit(self) -> str:
        limits = self.first("limitConditions")
        return limits.get("attemptAbsoluteDurationLimit") if limits else ""


def _threshold(node: Node, manifest: Manifest) -> Decimal | None:
    """2004: the progress that completes; an attribute since the 4th edition, a text before."""
    found = node.first("completionThreshold")
    if found is None:
        return None
    if found.get("completedByMeasure").lower() == "true":
        text = found.get("minProgressMeasure") or "1.0"
    else:
        text = "" if found.attributes else found.text.strip()
    return _number(text, "0", "1", "completionThreshold", found.line, manifest)


# --- Resources -----------------------------------------------------------------------------------


class _Resources:
    """The resources by identifier, and the files that they open."""

    def __init__(self, root: Node, names: Mapping[str, str], manifest: Manifest) -> None:
        parent = root.first("resources")
        self.names, self.manifest = names, manifest
        self.base = root.get("xml:base") + (parent.get("xml:base") if parent else "")
        found = parent.all("resource") if parent else []
        self.by_identifier = {node.get("identifier"): node for node in found}
        shared = root.first("sequencingCollection")
        self.sequencings = {node.get("ID"): node for node in (shared.children if shared else [])}

    def launch_of(self, item: Node) -> tuple[str, str]:
        """The address that opens an item, and sco or asset; empty for a heading."""
        reference = item.get("identifierref")
        if not reference:
            return "", ""
        resource = self.by_identifier.get(reference)
        if resource is None:
            raise bad(
                "missing_resource",
                f"The item “{item.text_of('title')}” names the resource “{reference[:100]}”, "
                "which is not there.",
                NAME,
                item.line,
            )
        href = resource.get("href")
        if not href:
            return "", ""
        kind = resource.get("scormtype").lower()
        path = self.path_of(resource, href)
        address = quote(path) + _query(href, item.get("parameters"))
        if len(address) > LONGEST["href"]:
            raise bad("name_too_long", "The address of an item is too long.", NAME, item.line)
        return address, "sco" if kind == "sco" else "asset"

    def list_missing(self) -> None:
        """Note the other files that resources name and the package does not have."""
        missing: dict[str, int] = {}
        for resource in self.by_identifier.values():
            for file in (one for one in resource.all("file") if one.get("href")):
                parts = urlsplit(self._whole(resource, file.get("href")))
                path = posixpath.normpath(unquote(parts.path)).lstrip("/")
                if not parts.scheme and not parts.netloc and key_of(path) not in self.names:
                    missing.setdefault(path, file.line)
        for path, line in list(missing.items())[:MOST_SHOWN]:
            self.manifest.warn(
                "missing_file", f"“{path[:200]}” is listed and not in the package.", line
            )

    def _whole(self, resource: Node, href: str) -> str:
        return (self.base + resource.get("xml:base") + href).replace("\\", "/")

    def path_of(self, resource: Node, href: str) -> str:
        """The file that `href` opens as the archive writes it, looked up as a browser would."""
        whole = self._whole(resource, href)
        parts = urlsplit(whole)
        if parts.scheme or parts.netloc:
            raise bad(
                "external_href",
                f"“{whole[:100]}” opens a page elsewhere; only files of the package open.",
                NAME,
                resource.line,
            )
        path = posixpath.normpath(unquote(parts.path)).lstrip("/")
        key = key_of(path)
        if key not in self.names:
            raise bad("missing_file", f"“{path[:200]}” is not in the package.", NAME, resource.line)
        if self.names[key] != path:
            sentence = f"“{path[:200]}” is written “{self.names[key][:200]}” in the package."
            self.manifest.warn("case_differs", sentence, resource.line)
        return self.names[key]


def _query(href: str, parameters: str) -> str:
    """Query and fragment of the address, with the item's parameters added as SCORM joins them."""
    parts = urlsplit(href)
    query, fragment = parts.query, parts.fragment
    added = re.sub(r"\A[?&]+", "", parameters)
    if added.startswith("#"):
        fragment = fragment or added[1:]
    elif added:
        query = f"{query}&{added}" if query else added
    return (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _list_unapplied(root: Node, manifest: Manifest) -> None:
    """Rules of 2004 that are read and not followed, so that nobody counts on them."""
    lines: dict[str, int] = {}
    for node in root.walk():
        if node.name in RULES_NOT_APPLIED:
            lines.setdefault(RULES_NOT_APPLIED[node.name], node.line)
        if node.name == "controlMode" and node.get("choice").lower() == "false":
            lines.setdefault("no free choice", node.line)
    for words, line in lines.items():
        manifest.warn("not_applied", f"Not applied: {words}.", line)
