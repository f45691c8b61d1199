"""Write what Attune is made of as CycloneDX 1.6: every locked package with its hashes.

python bin/write_sbom.py [requirements.txt] > sbom.json
"""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lib.release import RELEASE  # noqa: E402 - The path must be set first.

ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>.*(?:\n .*)*)", re.M
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, Any]]:
    """One component for each package of a locked requirements file, by name."""
    return [component(*found.group("name", "version", "rest")) for found in ENTRY.finditer(lock)]


def component(name: str, version: str, rest: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name.lower()}@{version}"
    hashes = [{"alg": "SHA-256", "content": one} for one in HASH.findall(rest)]
    told = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return told | license_of(name) | {"hashes": hashes}


def license_of(name: str) -> dict[str, Any]:
    """As the installed package itself says; nothing where it is not installed or silent."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return {}
    if expressions := found.get_all("License-Expression"):
        return {"licenses": [{"expression": expressions[0]}]}
    named = [one for one in found.get_all("Classifier") or [] if one.startswith("License ::")]
    return (
        {"licenses": [{"license": {"name": one.split(" :: ")[-1]}} for one in named]}
        if named
        else {}
    )


def sbom(lock: str) -> dict[str, Any]:
    found = components(lock)
    product = {"type": "application", "bom-ref": "attune", "name": "attune", "version": RELEASE}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": product},
        "components": found,
        "dependencies": [{"ref": "attune", "dependsOn": [one["bom-ref"] for one in found]}],
    }


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "requirements.txt"
    json.dump(sbom(path.read_text(encoding="utf-8")), sys.stdout, indent=1)
    sys.stdout.write("\n")
