//! Programs that speak TLS and the certificates of the authorities that they trust.

use super::{Hint, Scene};

/// Where Go's crypto/x509 (`root_linux.go`) and OpenSSL's usual builds look.
const PLACES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/lib/ssl/cert.pem",
];

pub(super) fn hint(scene: &Scene) -> Option<Hint> {
    let speaks_tls = match &scene.does {
        Some(does) => does.calls_https,
        None => ["libssl.", "libcurl", "libgnutls."].iter().any(|name| scene.needs(name)) || scene.mentions(PLACES[0]),
    };
    let own = scene.variable("SSL_CERT_FILE").or_else(|| scene.variable("SSL_CERT_DIR"));
    (speaks_tls && own.is_none() && scene.lacks(&PLACES, "ca-certificates"))
        .then(|| Hint::new("no-certificates", &[("path", &scene.started.program)]))
}
