"""Files from people: taken by their content, images made anew, the rest refused with a sentence."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import IO, Protocol, cast

from lib.sentences import said
from ops import file_types, files
from ops.file_types import ENDINGS, MB
from ops.models import StoredFile

MAX_PIXELS = 40_000_000
IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


class BadUpload(Exception):
    """The file is not taken; the text says why and what would be."""


class Upload(Protocol):
    """What a form field of Django holds."""

    name: str | None
    size: int | None

    def read(self, size: int = -1) -> bytes: ...

    def seek(self, position: int, whence: int = 0) -> int: ...


def take(
    upload: Upload,
    *,
    kind: str,
    by_id: int | None,
    media_types: Collection[str] = tuple(ENDINGS),
    max_bytes: int | None = None,
) -> StoredFile:
    """Store an uploaded file of one of `media_types`; raises BadUpload, and NoSpace.

    The limit is 25 MB, 500 MB for sound and video, unless `max_bytes` says otherwise. An image
    comes out without whatever else the file held. Call it outside a transaction.
    """
    media_type = check(upload, media_types=media_types, max_bytes=max_bytes)
    file, name = cast("IO[bytes]", upload), files.clean_name(upload.name or "")
    if media_type in IMAGES:
        file = io.BytesIO(redrawn(file, IMAGES[media_type]))
    return files.store(file, name=name, media_type=media_type, kind=kind, by_id=by_id)


def check(upload: Upload, *, media_types: Collection[str], max_bytes: int | None = None) -> str:
    """The media type, which content and name agree about; raises BadUpload. Stores nothing."""
    file, name = cast("IO[bytes]", upload), files.clean_name(upload.name or "")
    media_type = file_types.media_type_of(file, name)
    if media_type is None or media_type not in media_types:
        raise BadUpload(
            said(
                "This file is none of {endings}, by its content and its name.",
                endings=spoken(media_types),
            )
        )
    limit = max_bytes or file_types.largest(media_type)
    if (upload.size or 0) > limit:
        raise BadUpload(said("This file is larger than {limit} MB.", limit=limit // MB))
    return media_type


def spoken(media_types: Collection[str]) -> str:
    endings = sorted({min(ENDINGS[media_type]) for media_type in media_types})
    return ", ".join(endings)


def redrawn(file: IO[bytes], form: str) -> bytes:
    """The image encoded anew: upright, without metadata and anything hidden behind it."""
    from PIL import Image, ImageOps  # Loading it takes a while, and few requests bring images.

    try:
        with Image.open(file, formats=[form]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadUpload(
                    said("This image has more than 40 megapixels. Make it smaller first.")
                )
            upright = ImageOps.exif_transpose(image)
            plain = upright.convert("RGB" if form == "JPEG" else "RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadUpload(
            said("This image is damaged. Open it, save it anew, and try again.")
        ) from error
    output = io.BytesIO()
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    clean.save(output, form)
    return output.getvalue()
