"""Uploads are what their content says, or they are refused with a sentence."""

import io
import zipfile

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ops import file_types, uploads
from ops.files import open_file
from ops.models import StoredFile
from ops.uploads import BadUpload, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


class Upload(io.BytesIO):
    def __init__(self, content, name):
        super().__init__(content)
        self.name, self.size = name, len(content)


def picture(form="PNG", size=(4, 2), **options):
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, form, **options)
    return output.getvalue()


def archive(*names):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return output.getvalue()


def taken(content, name, **options):
    return take(Upload(content, name), kind="note", by_id=7, **options)


WORKBOOK = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (picture("PNG"), "a.png", "image/png"),
        (picture("JPEG"), "a.JPG", "image/jpeg"),
        (picture("WEBP"), "a.webp", "image/webp"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf"),
        (WORKBOOK, "a.xlsx", file_types.XLSX),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "a.wav", "audio/wav"),
        (b"ID3\x04\x00", "a.mp3", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "a.mp3", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A ", "a.m4a", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "a.mp4", "video/mp4"),
        (b"OggS\x00", "a.ogg", "audio/ogg"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "a.webm", "video/webm"),
        ("Größe\n".encode(), "a.txt", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"\xef\xbb\xbfWEBVTT\n", "a.vtt", "text/vtt"),
        (b' {"a": 1}', "a.json", "application/json"),
        (("é" * 4000).encode(), "a.txt", "text/plain"),
    ],
)
def test_a_file_is_taken_by_its_content(content, name, media_type):
    assert taken(content, name).media_type == media_type


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (picture("PNG"), "a.pdf"),
        (b"%PDF-1.7", "a.png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
        (b"<script>alert(1)</script>", "a.html"),
        (b"<script>alert(1)</script>", "a.png"),
        (b"MZ\x90\x00", "a.exe"),
        (b"MZ\x90\x00", "a.txt"),
        (b"a\x00b", "a.txt"),
        (b"\xff\xfe\xfd", "a.csv"),
        (b"no cues", "a.vtt"),
        (b"no json", "a.json"),
        (archive("xl/workbook.xml", "xl/vbaProject.bin"), "a.xlsx"),
        (archive("other"), "a.xlsx"),
        (b"PK\x03\x04broken", "a.xlsx"),
        (b"RIFF\x24\x00\x00\x00AVI ", "a.wav"),
        (b"", "a.png"),
        (b"text", ""),
    ],
)
def test_what_is_not_what_it_says_is_refused(content, name):
    with pytest.raises(BadUpload, match="by its content and its name"):
        taken(content, name)

    assert not StoredFile.objects.exists()


def test_an_owner_may_take_fewer_types():
    with pytest.raises(BadUpload, match="none of jpeg, png, by"):
        taken(b"%PDF-1.7", "a.pdf", media_types=("image/png", "image/jpeg"))


def test_a_file_over_its_limit_is_refused():
    with pytest.raises(BadUpload, match="larger than 1 MB"):
        taken(b"a" * (1024 * 1024 + 1), "a.txt", max_bytes=1024 * 1024)


def test_an_image_loses_its_metadata_and_what_hides_behind_it():
    info = PngInfo()
    info.add_text("Author", "Ann Lee")
    stored = taken(picture("PNG", pnginfo=info) + b"<script>alert(1)</script>", "a.png")

    with open_file(stored) as file:
        content = file.read()

    assert b"Ann Lee" not in content
    assert b"<script>" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert (image.size, image.convert("RGB").getpixel((0, 0))) == ((4, 2), (255, 0, 0))


def test_an_image_stands_upright_afterwards():
    turned = Image.Exif()
    turned[0x0112] = 6

    stored = taken(picture("JPEG", exif=turned), "a.jpg")

    with open_file(stored) as file, Image.open(file) as image:
        assert (image.size, dict(image.getexif())) == ((2, 4), {})


def test_an_image_of_too_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PIXELS", 7)

    with pytest.raises(BadUpload, match="megapixels"):
        taken(picture(), "a.png")


def test_a_damaged_image_is_refused():
    with pytest.raises(BadUpload, match="damaged"):
        taken(picture()[:40], "a.png")
