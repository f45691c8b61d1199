from django.apps import AppConfig
from django.utils.translation import gettext

from lib import sentences


class LibConfig(AppConfig):
    name = "lib"

    def ready(self) -> None:
        sentences.speak_through(gettext)
