"""The API over TLS: with a certificate of an authority of one's own, end to end."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nightside.service.http.access import Role
from nightside.service.http.serving import CertificateRefused, Place, serving
from tests.daemon.cli.conftest import Nightside, nightside
from tests.daemon.service.http.conftest import Service

__all__ = ["nightside"]

LONG_AGO, MUCH_LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36500)


def certificate(
    name: str, issuer: x509.Certificate | None, issuer_key: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=issuer is None,
        crl_sign=issuer is None,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(MUCH_LATER)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(usage, critical=True)
    )
    return (building if issuer is None else building.add_extension(names, critical=False)).sign(issuer_key, hashes.SHA256())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Certificate and key of a server, and its authority's certificate beside them."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificate("Cupola authority", None, authority_key, authority_key)
    server = certificate("cupola", authority, authority_key, key)
    pem = serialization.Encoding.PEM
    (tmp_path / "authority.pem").write_bytes(authority.public_bytes(pem))
    (tmp_path / "tls.pem").write_bytes(server.public_bytes(pem))
    plain = serialization.NoEncryption()
    (tmp_path / "tls.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return Place(port=0, certificate=tmp_path / "tls.pem", key=tmp_path / "tls.key")


async def test_the_api_is_asked_over_tls_and_its_cookie_stays_there(service: Service, place: Place, tmp_path: Path) -> None:
    trusting = await asyncio.to_thread(ssl.create_default_context, cafile=str(tmp_path / "authority.pem"))
    async with serving(service.guard, place) as port, httpx.AsyncClient(verify=trusting) as client:
        address = f"https://localhost:{port}"
        assert (await client.get(f"{address}/api/v1/state")).status_code == 200
        login = await client.post(f"{address}/api/v1/login", json={"token": service.stores.tokens[Role.WATCH]})
        assert "secure" in login.headers["set-cookie"].lower()


async def test_neither_a_stranger_to_the_authority_nor_plain_text_gets_through(service: Service, place: Place) -> None:
    stranger = await asyncio.to_thread(ssl.create_default_context)
    async with serving(service.guard, place) as port:
        async with httpx.AsyncClient(verify=stranger) as client:
            with pytest.raises(httpx.ConnectError, match="certificate"):
                await client.get(f"https://localhost:{port}/healthz")
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://localhost:{port}/healthz")


async def test_commands_trust_the_authority_that_the_environment_names(
    service: Service, place: Place, tmp_path: Path, nightside: Nightside, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(service.guard, place) as port:
        words = ("tell", "pause", "--url", f"https://localhost:{port}")
        distrusted = await asyncio.to_thread(nightside, *words)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        trusted = await asyncio.to_thread(nightside, *words)
    assert (distrusted.code, trusted.code) == (102, 0), trusted.err
    assert "SSL_CERT_FILE" in distrusted.err
    assert "No running Nightside" not in distrusted.err
    assert service.controls.paused


async def test_a_command_that_expects_tls_where_there_is_none_is_told_so(service: Service, nightside: Nightside) -> None:
    async with serving(service.guard, Place(port=0)) as port:
        said = await asyncio.to_thread(nightside, "status", "--url", f"https://localhost:{port}")
    assert said.code == 102
    assert "http://" in said.err


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
async def test_a_certificate_that_is_none_is_refused_in_words(service: Service, place: Place, text: str) -> None:
    assert place.certificate is not None
    await asyncio.to_thread(place.certificate.write_text, text)
    with pytest.raises(CertificateRefused, match="PEM"):
        async with serving(service.guard, place):
            pass


async def test_a_key_of_another_certificate_is_refused_in_words(service: Service, place: Place) -> None:
    assert place.key is not None
    other = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    pem = other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    await asyncio.to_thread(place.key.write_bytes, pem)
    with pytest.raises(CertificateRefused):
        async with serving(service.guard, place):
            pass
