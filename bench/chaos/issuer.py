"""An OpenID Connect issuer on 127.0.0.1 that says what it is told to say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.chaos.receiver import Receiver, listening

CLIENT_ID, CLIENT_SECRET, KID = "attune", "client-secret", "key-1"


@dataclass
class Issuer:
    """`claims` are put over the usual ones; `sign` makes the token, `status` answers the code."""

    receiver: Receiver
    key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    status: int = 200
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.receiver.port}"

    def authorize(self, location: str) -> str:
        """What a browser does at the issuer: remember what was asked, come back with a code."""
        self.asked = {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
        return f"/sign-in/single/back/?state={self.asked['state']}&code=code-1"

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": self.asked.get("nonce"),
            "email": "amy@attune.example",
            "email_verified": True,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign:
            return self.sign(claims)
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": KID})

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            places = {name: f"{self.url}/{name}" for name in names}
            return 200, json.dumps({"issuer": self.url, **places}).encode()
        if path == "/jwks_uri":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, json.dumps({"keys": [public | {"kid": KID, "use": "sig"}]}).encode()
        self.sent = {name: one[0] for name, one in parse_qs(body.decode()).items()}
        return self.status, json.dumps({"id_token": self.token()}).encode()


@contextmanager
def issuing(folder: Path) -> Iterator[Issuer]:
    """An issuer that serves over TLS until the block ends."""
    with listening(folder) as receiver:
        issuer = Issuer(receiver)
        receiver.reply = issuer.answer
        yield issuer
