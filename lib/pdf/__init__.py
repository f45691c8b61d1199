"""PDF documents from HTML, rendered in a child process that knows limits and no network."""

from lib.pdf.rendering import BASE_CSS, PdfFailed, register_static, render, stop

__all__ = ["BASE_CSS", "PdfFailed", "register_static", "render", "stop"]
