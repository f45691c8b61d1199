"""XLSX workbooks as a stream of rows of text; a hostile file is refused before it costs memory."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from posixpath import join, normpath
from typing import BinaryIO

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from lib.tabular.common import Limits, Row, TabularError
from lib.tabular.markup import DAMAGED, LocalNames, feed, safe_parser
from lib.tabular.shared_texts import SharedTexts
from lib.tabular.sheet import SheetReader

_SMALL_PART_BYTES = 20_000_000
_CHUNK_BYTES = 65_536
_WORKSHEET = "/worksheet"

Start = Callable[[str, dict[str, str]], None]


class Workbook:
    """The parts of a workbook that are needed to read one sheet."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._limits = limits
        self._archive = _open_archive(stream, limits)
        self._epoch = CALENDAR_WINDOWS_1900
        self._sheets = self._read_sheets()

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """Names of the visible worksheets, in the order of their tabs."""
        return tuple(self._sheets)

    def choose(self, name: str | None) -> str:
        """The sheet of that name, or the first one; raises TabularError if there is none."""
        if not self._sheets:
            raise TabularError("The workbook has no visible sheet with cells.")
        if name is None:
            return next(iter(self._sheets))
        if name not in self._sheets:
            names = ", ".join(self._sheets)
            raise TabularError(f"The workbook has no sheet “{name}”. It has: {names}.")
        return name

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a sheet that hold anything."""
        reader = SheetReader(
            shared=self._read_shared_texts(),
            kinds=self._read_kinds(),
            epoch=self._epoch,
            limits=self._limits,
        )
        for chunk in self._chunks(self._sheets[name], self._limits.expanded_bytes):
            feed(reader.parser, chunk)
            yield from reader.take_rows()
        feed(reader.parser, b"", final=True)

    def _read_sheets(self) -> dict[str, str]:
        """Sheet names with the path of their part."""
        base, targets = "xl/workbook.xml", {}
        sheets: dict[str, str] = {}

        def relation(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith(_WORKSHEET):
                targets[attributes.get("Id", "")] = _resolve(base, attributes.get("Target", ""))

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self._epoch = CALENDAR_MAC_1904
            if name == "sheet" and attributes.get("state", "visible") == "visible":
                path = targets.get(attributes.get("id", ""))
                if path:
                    sheets[attributes.get("name", "")] = path

        self._scan("xl/_rels/workbook.xml.rels", relation)
        self._scan(base, sheet)
        return sheets

    def _read_kinds(self) -> list[str]:
        """For each cell style what its number is shown as: "date", "duration", or "" for itself."""
        formats = dict(BUILTIN_FORMATS)
        kinds: list[str] = []
        inside = False

        def style(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = name == "cellXfs"
            elif name == "xf" and inside:
                kinds.append(_kind(formats.get(int(attributes.get("numFmtId", "0")), "")))

        if "xl/styles.xml" in self._archive.namelist():
            self._scan("xl/styles.xml", style)
        return kinds

    def _read_shared_texts(self) -> list[str]:
        path = "xl/sharedStrings.xml"
        if path not in self._archive.namelist():
            return []
        texts = SharedTexts()
        for chunk in self._chunks(path, self._limits.shared_text_bytes):
            feed(texts.parser, chunk)
        feed(texts.parser, b"", final=True)
        return texts.texts

    def _scan(self, path: str, start: Start) -> None:
        """Call `start` with local names for every element of a small part."""
        parser = safe_parser()

        names = LocalNames()

        def local(name: str, attributes: dict[str, str]) -> None:
            start(names[name], {names[key]: value for key, value in attributes.items()})

        parser.StartElementHandler = local
        for chunk in self._chunks(path, _SMALL_PART_BYTES):
            feed(parser, chunk)
        feed(parser, b"", final=True)

    def _chunks(self, path: str, most: int) -> Iterator[bytes]:
        try:
            info = self._archive.getinfo(path)
            if info.file_size > most:
                raise TabularError(
                    "The workbook holds more text than can be read at once. Save the sheet as CSV."
                )
            with self._archive.open(info) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    yield chunk
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise TabularError(DAMAGED) from None
        except RuntimeError:  # zipfile says so when a part needs a password.
            raise TabularError("The workbook is encrypted. Save it without a password.") from None


def _open_archive(stream: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise TabularError(DAMAGED) from None
    names = archive.namelist()
    if "xl/workbook.xml" not in names:
        raise TabularError(
            "This zip file is not an .xlsx workbook. Save the table as .xlsx or CSV."
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise TabularError("The workbook contains macros. Save it as .xlsx without macros.")
    _check_expansion(archive, limits)
    return archive


def _check_expansion(archive: zipfile.ZipFile, limits: Limits) -> None:
    expanded = sum(info.file_size for info in archive.infolist())
    packed = sum(info.compress_size for info in archive.infolist())
    if expanded > limits.expanded_bytes or expanded > limits.expanded_ratio * max(packed, 1):
        raise TabularError(
            f"The workbook expands from {packed / 1e6:,.1f} MB to {expanded / 1e6:,.0f} MB, more "
            "than is safe to open. Save the sheet as CSV."
        )


def _resolve(base: str, target: str) -> str:
    if target.startswith("/"):
        return normpath(target).lstrip("/")
    return normpath(join(base.rpartition("/")[0], target))


def _kind(number_format: str) -> str:
    if is_timedelta_format(number_format):
        return "duration"
    return "date" if is_date_format(number_format) else ""
