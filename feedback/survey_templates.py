"""The library that surveys begin from: neutral wordings in two languages, ready to be published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Starter:
    name: str
    about: str
    kind: str
    content: Json


def _both(en: str, es: str) -> dict[str, str]:
    return {"en": en, "es": es}


SATISFIED = {
    "low": _both("Very dissatisfied", "Muy insatisfecho"),
    "high": _both("Very satisfied", "Muy satisfecho"),
}
LIKELY = {
    "low": _both("Not at all likely", "Nada probable"),
    "high": _both("Extremely likely", "Muy probable"),
}
AGREE = {
    "low": _both("Strongly disagree", "Muy en desacuerdo"),
    "high": _both("Strongly agree", "Muy de acuerdo"),
}


def _scale(code: str, kind: str, ends: Json, en: str, es: str, **more: Any) -> Json:
    return {"code": code, "kind": kind, "required": True, "words": _both(en, es), **ends, **more}


def _driver() -> Json:
    options = [
        ("person", "The person I dealt with", "La persona que me atendió"),
        ("process", "How it works: waiting, rules, steps", "El proceso: espera, reglas, pasos"),
        ("product", "The product or service itself", "El producto o servicio"),
        ("other", "Something else", "Otra cosa"),
    ]
    return {
        "code": "driver",
        "kind": "driver",
        "words": _both(
            "What had most to do with your rating?",
            "¿Qué tuvo más que ver con su valoración?",
        ),
        "options": [
            {"code": code, "kind": "plain", "words": _both(en, es)} for code, en, es in options
        ],
    }


def _comment(en: str, es: str) -> Json:
    return {"code": "comment", "kind": "text", "text_kind": "long", "words": _both(en, es)}


def _contact_wish() -> Json:
    return {
        "code": "wants_contact",
        "kind": "consent",
        "words": _both(
            "Someone may contact me about this answer.",
            "Pueden ponerse en contacto conmigo sobre esta respuesta.",
        ),
    }


def _survey(title: Json, *questions: Json, **more: Any) -> Json:
    """One page with these questions and a plain word of thanks."""
    return {
        "languages": ["en", "es"],
        "title": title,
        "intro": {},
        "theme": {"accent": "#0b6483"},
        "sections": [
            {"code": "main", "words": {}, "questions": list(questions), "rules": []},
        ],
        "endings": [
            {
                "code": "thanks",
                "words": _both("Thank you", "Gracias"),
                "text": _both("Your answer has arrived.", "Hemos recibido su respuesta."),
            }
        ],
        "hidden": [],
        "variables": [],
        **more,
    }


MORE = ("What should we know about it?", "¿Qué deberíamos saber?")

TEMPLATES: Mapping[str, Starter] = {
    "csat": Starter(
        "Satisfaction after an interaction",
        "One question about the contact that has just ended, its reason, and a comment.",
        "csat",
        _survey(
            _both("Your contact with us", "Su contacto con nosotros"),
            _scale(
                "csat",
                "csat",
                SATISFIED,
                "How satisfied are you with the contact you had with us?",
                "¿Qué tan satisfecho está con la atención que recibió?",
            ),
            _driver(),
            _comment(*MORE),
            _contact_wish(),
        ),
    ),
    "nps": Starter(
        "Recommendation (NPS)",
        "How likely people are to recommend you, its reason, and a comment.",
        "nps",
        _survey(
            _both("Would you recommend us?", "¿Nos recomendaría?"),
            _scale(
                "nps",
                "nps",
                LIKELY,
                "How likely are you to recommend us to someone you know?",
                "¿Qué probabilidad hay de que nos recomiende a alguien que conoce?",
            ),
            _driver(),
            _comment("What is the main reason for it?", "¿Cuál es el motivo principal?"),
            _contact_wish(),
        ),
    ),
    "ces": Starter(
        "Effort (CES, 7 points)",
        "How easy it was to get something done.",
        "ces",
        _survey(
            _both("How easy was it?", "¿Fue fácil?"),
            _scale(
                "effort",
                "ces",
                AGREE,
                "It was easy to get done what I wanted.",
                "Fue fácil conseguir lo que quería.",
                scale_max=7,
            ),
            _driver(),
            _comment(*MORE),
        ),
    ),
    "case": Starter(
        "After a case",
        "Whether the matter was solved, and how satisfied people are with it.",
        "csat",
        _survey(
            _both("Your case", "Su caso"),
            _scale(
                "csat",
                "csat",
                SATISFIED,
                "How satisfied are you with how we handled your case {case_number|}?",
                "¿Qué tan satisfecho está con la gestión de su caso {case_number|}?",
            ),
            {
                "code": "solved",
                "kind": "single",
                "words": _both("Is the matter solved?", "¿Está resuelto?"),
                "options": [
                    {"code": "yes", "kind": "plain", "words": _both("Yes", "Sí")},
                    {"code": "partly", "kind": "plain", "words": _both("Partly", "En parte")},
                    {"code": "no", "kind": "plain", "words": _both("No", "No")},
                ],
            },
            _driver(),
            _comment(*MORE),
        ),
    ),
    "recovery": Starter(
        "Recovery",
        "The same question again, after something was put right.",
        "recovery",
        _survey(
            _both("Did we put it right?", "¿Lo hemos arreglado?"),
            _scale(
                "csat",
                "csat",
                SATISFIED,
                "How satisfied are you now, after what we did about it?",
                "¿Qué tan satisfecho está ahora, después de lo que hicimos?",
            ),
            _driver(),
            _comment("Is anything still open?", "¿Queda algo pendiente?"),
        ),
    ),
    "pulse": Starter(
        "Pulse of colleagues",
        "An anonymous look at how work went; nobody can be found out.",
        "pulse",
        _survey(
            _both("How was your week?", "¿Cómo fue su semana?"),
            _scale(
                "week",
                "csat",
                SATISFIED,
                "How satisfied are you with your working week?",
                "¿Qué tan satisfecho está con su semana de trabajo?",
            ),
            _driver(),
            _comment("What would make next week better?", "¿Qué mejoraría la próxima semana?"),
        ),
    ),
}
