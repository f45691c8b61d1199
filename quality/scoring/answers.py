"""The answers and facts of one evaluation, as scoring sees them."""

from dataclasses import dataclass
from fractions import Fraction

from quality.scoring.numbers import plain

AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Answer:
    """Exactly one of: picked options (sorted), a number, N/A, or text or date that was given."""

    options: tuple[str, ...] = ()
    number: Fraction | None = None
    is_na: bool = False
    is_written: bool = False
    fault_owner: str = AGENT


def answer_data(answer: Answer, kind: str, is_failed: bool) -> dict[str, object]:
    """The answer in canonical form: words are left out, the fault owner stays where it matters."""
    data: dict[str, object]
    if answer.is_na:
        data = {"na": True}
    elif answer.is_written:
        data = {"answered": True}
    elif answer.number is not None:
        data = {"number": plain(answer.number)}
    elif kind == "multi":
        data = {"options": list(answer.options)}
    else:
        data = {"option": answer.options[0]}
    if is_failed:
        data["fault_owner"] = answer.fault_owner
    return data
