"""References in addresses: /interactions/I-0000123/ for the interaction with the id 123."""

from __future__ import annotations

from crm.references import number, reference


class InteractionReference:
    letter = "I"
    regex = r"[A-Z]-\d{1,18}"

    def to_python(self, value: str) -> int:
        found = number(value, self.letter)
        if found is None:
            raise ValueError(value)
        return found

    def to_url(self, value: int | str) -> str:
        return reference(self.letter, int(value))


class CustomerReference(InteractionReference):
    letter = "C"


class OrganizationReference(InteractionReference):
    letter = "O"


class CaseReference(InteractionReference):
    letter = "K"


class TaskReference(InteractionReference):
    letter = "T"


class PromiseReference(InteractionReference):
    letter = "P"
