"""A certificate as one page: serial, name, title, hours, validity, and the way to check it."""

from __future__ import annotations

from datetime import UTC, datetime, time

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from lib import pdf
from training.models import Certificate


def verify_url(certificate: Certificate) -> str:
    path = reverse("training:certificate_verify", args=[certificate.shown_serial])
    return settings.BASE_URL + path


def certificate_html(certificate: Certificate) -> str:
    url = verify_url(certificate)
    context = {
        "certificate": certificate,
        "name": certificate.person.full_name,
        "url": url,
        "qr": segno.make(url, error="m").svg_data_uri(scale=4, border=2),
    }
    return render_to_string("pdf/certificate.html", context)


def certificate_pdf(certificate: Certificate) -> bytes:
    """The same bytes whenever it is made: its clock is the day of issue. Raises PdfFailed."""
    issued_at = datetime.combine(certificate.issued_on, time(12), UTC)
    return pdf.render(certificate_html(certificate), generated_at=issued_at)
