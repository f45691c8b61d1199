"""SCORM packages made for tests: good ones, and each kind of bad one."""

import io
import stat
import zipfile

VERSIONS = {
    "1.2": "1.2",
    "2004_2": "CAM 1.3",
    "2004_3": "2004 3rd Edition",
    "2004_4": "2004 4th Edition",
}
SPACES_12 = (
    'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" '
    'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"'
)
SPACES_2004 = (
    'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" '
    'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
    'xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
)
PAGE = b"<!doctype html><title>Play</title><h1>Play</h1>"


def item(number=1, inside="", href="index.html", kind="sco"):
    """One item and its resource."""
    return (
        f'<item identifier="item_{number}" identifierref="res_{number}">'
        f"<title>Part {number}</title>{inside}</item>",
        f'<resource identifier="res_{number}" type="webcontent" adlcp:scormtype="{kind}" '
        f'href="{href}"/>',
    )


def manifest(
    edition="1.2", items=None, *, version=None, default="org", spaces=None, head="", title="Golf"
):
    """A manifest as text; `items` are pairs made by `item`."""
    pairs = items if items is not None else [item()]
    version = VERSIONS[edition] if version is None else version
    spaces = spaces if spaces is not None else SPACES_12 if edition == "1.2" else SPACES_2004
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{head}\n<manifest identifier="m" {spaces}>\n'
        f"<metadata><schemaversion>{version}</schemaversion></metadata>\n"
        f'<organizations default="{default}"><organization identifier="org"><title>{title}</title>'
        f"{''.join(one for one, _ in pairs)}</organization></organizations>\n"
        f"<resources>{''.join(one for _, one in pairs)}</resources></manifest>"
    )


def zipped(files, *, method=zipfile.ZIP_DEFLATED):
    """An archive of names and contents; a name may be a ZipInfo."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            # Without a name's own moment, the same files make the same archive.
            info = zipfile.ZipInfo(name) if isinstance(name, str) else name
            archive.writestr(info, content, compress_type=method)
    return output.getvalue()


def package(edition="1.2", items=None, *, files=None, **options):
    text = manifest(edition, items, **options)
    return zipped({"imsmanifest.xml": text, "index.html": PAGE, **(files or {})})


def special(name, kind):
    """A member that is a link or a device."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o644) << 16
    return info


def link(name):
    return special(name, stat.S_IFLNK)


def device(name):
    return special(name, stat.S_IFCHR)
