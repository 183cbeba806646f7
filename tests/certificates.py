"""A certificate for 127.0.0.1, and a browser that trusts it."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import ssl
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from browser import Browser
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def write_certificate(file: Path) -> type[SecureBrowser]:
    """Write a new certificate and its key into one file; return browsers that trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    today = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(_for_host(), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(pem + _text_of(key))
    trust = ssl.create_default_context(cadata=pem.decode())
    return type("TrustingBrowser", (SecureBrowser,), {"trust": trust})


def _for_host() -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])


def _text_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class SecureBrowser(Browser):
    """A browser that speaks https."""

    trust: ClassVar[ssl.SSLContext]

    def connection(self) -> http.client.HTTPSConnection:
        netloc = urlsplit(self.url).netloc
        return http.client.HTTPSConnection(netloc, timeout=60, context=self.trust)
