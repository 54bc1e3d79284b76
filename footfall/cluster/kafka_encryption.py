"""What a Kafka broker is told to speak TLS, and to want a name and a password by SCRAM."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from footfall.cluster.certified import Certified

MECHANISM = "SCRAM-SHA-512"

_TLS = """\
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={certificate}
"""
"""The broker trusts itself: the listener is also that between brokers."""

_SCRAM = """\
sasl.enabled.mechanisms={mechanism}
sasl.mechanism.inter.broker.protocol={mechanism}
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule \
required username="{user}" password="{password}";
"""
"""The name is the broker's own too, for the same reason."""


class KafkaEncryption(NamedTuple):
    """The certificate of a broker, and who may log in; without a user everybody may."""

    certified: Certified
    user: str = ""
    password: str = ""

    @property
    def protocol(self) -> str:
        """Return Kafka's name of it."""
        return "SASL_SSL" if self.user else "SSL"

    def format_options(self) -> list[str]:
        """Return what storage is made with: who may log in is kept there."""
        scram = f"{MECHANISM}=[name={self.user},password={self.password}]"
        return ["--add-scram", scram] if self.user else []

    def properties(self, folder: Path) -> str:
        """Put the keystore into the broker's folder, and return the properties that name it."""
        keystore = folder / "keystore.pem"
        keystore.touch(mode=0o600)
        keystore.write_bytes(self.certified.key.read_bytes() + self.certified.certificate.read_bytes())
        scram = _SCRAM.format(mechanism=MECHANISM, user=self.user, password=self.password) if self.user else ""
        return _TLS.format(keystore=keystore, certificate=self.certified.certificate.absolute()) + scram
