"""The few words that the pages of respondents say by themselves, by language."""

from __future__ import annotations

from collections.abc import Mapping

EN: Mapping[str, str] = {
    "next": "Next",
    "back": "Back",
    "send": "Send",
    "optional": "optional",
    "not_applicable": "Does not apply to me",
    "progress": "Part {number} of {count}",
    "other": "What else?",
    "place": "Place of {label}",
    "choose": "Choose",
    "errors": "Please look at this again",
    "restored": "We kept what you filled in earlier.",
    "once_more": "Please press Send once more.",
    "changed": "This survey was filled in further in another window. What is kept there is shown "
    "below; your last page is listed beside it.",
    "identified": "Your answer is kept together with your name.",
    "confidential": "Your name is kept apart; only a few named people may look it up.",
    "anonymous": "Your answer is anonymous: nobody can find out who gave it.",
    "about": "About this survey",
    "opt_out": "Do not ask me again",
    "name": "Name",
    "email": "E-mail",
    "phone": "Telephone",
    "agree": "I agree",
    "files": "Up to 3 files, 10 MB each: jpg, png, webp, pdf or txt.",
    "kept_files": "{count} files are kept.",
    "again": "This survey was answered already. Thank you.",
    "pin": "Code",
    "pin_lead": "Enter the code that stands beside the link.",
    "pin_wrong": "This code does not fit. Try again.",
    "yours": "What you had on your last page",
    "website": "Leave this field empty",
}
ES: Mapping[str, str] = {
    "next": "Siguiente",
    "back": "Atrás",
    "send": "Enviar",
    "optional": "opcional",
    "not_applicable": "No es mi caso",
    "progress": "Parte {number} de {count}",
    "other": "¿Qué más?",
    "place": "Puesto de {label}",
    "choose": "Elija",
    "errors": "Por favor, revise esto",
    "restored": "Hemos guardado lo que ya había contestado.",
    "once_more": "Por favor, pulse Enviar otra vez.",
    "changed": "Esta encuesta se siguió rellenando en otra ventana. Abajo está lo guardado; junto "
    "a ello, lo que tenía en esta página.",
    "identified": "Su respuesta se guarda junto con su nombre.",
    "confidential": "Su nombre se guarda aparte; solo unas pocas personas pueden verlo.",
    "anonymous": "Su respuesta es anónima: nadie puede saber quién la dio.",
    "about": "Sobre esta encuesta",
    "opt_out": "No me pregunten más",
    "name": "Nombre",
    "email": "Correo electrónico",
    "phone": "Teléfono",
    "agree": "Estoy de acuerdo",
    "files": "Hasta 3 archivos de 10 MB: jpg, png, webp, pdf o txt.",
    "kept_files": "Se han guardado {count} archivos.",
    "again": "Esta encuesta ya fue contestada. Gracias.",
    "pin": "Código",
    "pin_lead": "Escriba el código que está junto al enlace.",
    "pin_wrong": "El código no es correcto. Inténtelo de nuevo.",
    "yours": "Lo que tenía en su última página",
    "website": "Deje este campo vacío",
}
WORDS: Mapping[str, Mapping[str, str]] = {"en": EN, "es": ES}


def words_of(language: str) -> Mapping[str, str]:
    """The words in a language; English where there are none."""
    return WORDS.get(language.split("-")[0], EN)
