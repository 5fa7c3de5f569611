//! CA certificates for programs that use TLS.

use super::{Hint, StartedImage};

/// The files that Go's crypto/x509 (`root_linux.go`) and common builds of OpenSSL read.
const CA_FILES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/lib/ssl/cert.pem",
];

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    let speaks_tls = match &start.behaviour {
        Some(behaviour) => behaviour.calls_https,
        None => {
            ["libssl.", "libcurl", "libgnutls."].iter().any(|name| start.needs_library(name))
                || start.contains_text(CA_FILES[0])
        }
    };
    let own = start.variable("SSL_CERT_FILE").or_else(|| start.variable("SSL_CERT_DIR"));
    (speaks_tls && own.is_none() && start.lacks_files(&CA_FILES, "ca-certificates"))
        .then(|| Hint::new("no-certificates", &[("path", &start.started.program)]))
}
