"""The few words that the pages of respondents say by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from lib.sentences import Sentence, said

WORDS: Mapping[str, Sentence] = {
    "next": said("Next"),
    "back": said("Back"),
    "send": said("Send"),
    "optional": said("optional"),
    "not_applicable": said("Does not apply to me"),
    "progress": said("Part {number} of {count}"),
    "other": said("What else?"),
    "place": said("Place of {label}"),
    "choose": said("Choose"),
    "errors": said("Please look at this again"),
    "restored": said("We kept what you filled in earlier."),
    "once_more": said("Please press Send once more."),
    "changed": said(
        "This survey was filled in further in another window. What is kept there is shown "
        "below; your last page is listed beside it."
    ),
    "identified": said("Your answer is kept together with your name."),
    "confidential": said("Your name is kept apart; only a few named people may look it up."),
    "anonymous": said("Your answer is anonymous: nobody can find out who gave it."),
    "about": said("About this survey"),
    "opt_out": said("Do not ask me again"),
    "name": said("Name"),
    "email": said("E-mail"),
    "phone": said("Telephone"),
    "agree": said("I agree"),
    "files": said("Up to 3 files, 10 MB each: jpg, png, webp, pdf or txt."),
    "kept_files": said("{count} files are kept."),
    "again": said("This survey was answered already. Thank you."),
    "pin": said("Code"),
    "pin_lead": said("Enter the code that stands beside the link."),
    "pin_wrong": said("This code does not fit. Try again."),
    "yours": said("What you had on your last page"),
    "website": said("Leave this field empty"),
}
