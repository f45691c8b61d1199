"""The table of texts of a workbook that its cells refer to by number."""

from lib.tabular.markup import LocalNames, safe_parser


class SharedTexts:
    """Collects `texts` while `parser` is fed; joins formatted runs, leaves out phonetic hints."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parser = safe_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self._names = LocalNames()
        self._parts: list[str] = []
        self._in_text = self._in_phonetic = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._names[name]
        if local == "t":
            self._in_text = not self._in_phonetic
        elif local == "si":
            self._parts = []
        elif local == "rPh":
            self._in_phonetic = True

    def _end(self, name: str) -> None:
        local = self._names[name]
        if local == "t":
            self._in_text = False
        elif local == "si":
            self.texts.append("".join(self._parts))
        elif local == "rPh":
            self._in_phonetic = False

    def _data(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)
