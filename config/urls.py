"""Every address of Attune."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config import api_docs, gallery, well_known
from config.area_roots import AREAS, open_area
from config.home import home

urlpatterns = [
    path("", home, name="home"),
    *(path(f"{area}/", open_area, {"area": area}, name=f"{area}_root") for area in AREAS),
    path("", include("crm.urls")),
    path("quality/", include("quality.urls")),
    path("", include("feedback.urls")),
    path("", include("training.urls")),
    path("", include("reports.urls")),
    path("api/v1/", include("config.api_urls")),
    path("api/docs/", api_docs.api_docs, name="api_docs"),
    path("", include("accounts.sign_in_urls")),
    path("", include("accounts.urls")),
    path("", include("ops.urls")),
    path("gallery/", gallery.gallery, name="gallery"),
    path("gallery/<slug:name>/", gallery.gallery_page, name="gallery_page"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path(".well-known/security.txt", well_known.security_txt, name="security_txt"),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
