"""Parsing the XML parts of a workbook without trusting them."""

from xml.parsers import expat

from lib.tabular.common import TabularError

DAMAGED = "The workbook is damaged. Open it in a spreadsheet program and save it again."


class LocalNames(dict[str, str]):
    """Element names without their prefix, remembered because a sheet repeats few of them."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


def safe_parser() -> expat.XMLParserType:
    """An XML parser that knows no document types, so no entity is ever declared or fetched."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


def feed(parser: expat.XMLParserType, chunk: bytes, *, final: bool = False) -> None:
    """Parse one more piece; whatever does not fit the format becomes a TabularError."""
    try:
        parser.Parse(chunk, final)
    except TabularError:
        raise
    except (expat.ExpatError, LookupError, ValueError):
        raise TabularError(DAMAGED) from None


def _refuse_document_type(*_: object) -> None:
    raise TabularError(
        "The workbook contains a document type, which no spreadsheet program writes. "
        "Save the table as CSV."
    )
