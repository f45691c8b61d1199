"""A chart as it is handed over: the picture, and the table that tells the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from lib.sentences import say_now


class Markup(str):
    """Text that is HTML already; Django's templates put it in as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@dataclass(frozen=True)
class Chart:
    """`columns` and `rows` are texts; the first cell of a row names it and leads to its link.

    `{{ chart }}` is the whole figure; `chart.svg` is the picture alone, for a template that sets
    the table itself. `message` says in one sentence what the picture shows.
    """

    title: str
    message: str
    note: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()

    @property
    def table(self) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """(columns, rows)."""
        return self.columns, self.rows

    def __html__(self) -> str:
        note = f"<small>{escape(self.note)}</small>" if self.note else ""
        shown, as_table = say_now("Show as table"), say_now("{title} as a table", title=self.title)
        return (
            f'<figure class="chart"><figcaption><strong>{escape(self.title)}</strong>{note}'
            f"</figcaption>{self.svg}<details><summary>{escape(shown)}</summary>"
            f'<div class="table-region" tabindex="0" role="group" '
            f'aria-label="{escape(as_table)}">{self.table_html()}</div>'
            f"</details></figure>"
        )

    def __str__(self) -> str:
        return Markup(self.__html__())

    def table_html(self) -> Markup:
        """The table alone, with caption and scopes."""
        head = "".join(_head(column, is_first=at == 0) for at, column in enumerate(self.columns))
        links = self.links or [""] * len(self.rows)
        pairs = zip(self.rows, links, strict=True)
        body = "".join(f"<tr>{_cells(row, link)}</tr>" for row, link in pairs)
        return Markup(
            f'<table class="table"><caption>{escape(self.title)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def _head(column: str, *, is_first: bool) -> str:
    kind = "" if is_first else ' class="number"'
    return f'<th scope="col"{kind}>{escape(column)}</th>'


def _cells(row: Sequence[str], link: str) -> str:
    name, *values = row
    cells = "".join(f'<td class="number">{escape(value)}</td>' for value in values)
    told = f'<a href="{escape(link)}">{escape(name)}</a>' if link else escape(name)
    return f'<th scope="row">{told}</th>{cells}'
