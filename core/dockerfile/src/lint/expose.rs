//! EXPOSE: `[ip:][host:]port[-port][/protocol]`.

use super::rules;
use crate::text::go_quote;
use std::net::IpAddr;

/// Checks one port; `warn` takes what is accepted but should not be written.
///
/// # Errors
/// BuildKit's words.
pub(super) fn check(raw: &str, mut warn: impl FnMut(&'static rules::Rule, String)) -> Result<(), String> {
    let parts: Vec<&str> = raw.split(':').collect();
    let (ip, host, container) = match parts.as_slice() {
        [container] => (String::new(), "", *container),
        [host, container] => (String::new(), *host, *container),
        [ip @ .., host, container] => (ip.join(":"), *host, *container),
        [] => (String::new(), "", ""),
    };
    let (port, protocol) = container.split_once('/').unwrap_or((container, ""));
    let invalid = |reason: &str| format!("invalid port: {}: {reason}", go_quote(raw));
    if port.is_empty() {
        return Err(invalid("no port specified"));
    }
    if !["", "tcp", "udp", "sctp"].contains(&protocol.to_lowercase().as_str()) {
        return Err(invalid(&format!("invalid proto: {protocol}")));
    }
    if protocol != protocol.to_lowercase() {
        warn(
            &rules::EXPOSE_PROTO_CASING,
            format!("Defined protocol '{raw}' in EXPOSE instruction should be lowercase"),
        );
    }
    if !ip.is_empty() || !host.is_empty() {
        warn(
            &rules::EXPOSE_INVALID_FORMAT,
            format!("EXPOSE instruction should not define an IP address or host-port mapping, found '{raw}'"),
        );
    }
    let mut address = ip.as_str();
    if let Some(inner) = address.strip_prefix('[') {
        address = match inner.split_once(']') {
            Some((inner, "")) => inner,
            Some(_) => return Err(format!("invalid IP address {ip}: address {ip}:: missing port in address")),
            None => return Err(format!("invalid IP address {ip}: address {ip}:: missing ']' in address")),
        };
    }
    if !ip.is_empty() && address.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address: {address}"));
    }
    let (start, end) = range(port).ok_or_else(|| format!("invalid containerPort: {port}"))?;
    if !host.is_empty() {
        let (host_start, host_end) = range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?;
        if end - start != host_end - host_start && end != start {
            return Err(format!("invalid ranges specified for container and host Ports: {port} and {host}"));
        }
    }
    Ok(())
}

fn range(text: &str) -> Option<(i64, i64)> {
    let number = |text: &str| crate::go_int(text, 0, 65535).ok();
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    let low = number(start)?;
    if start == end {
        return Some((low, low));
    }
    let high = number(end)?;
    (high >= low).then_some((low, high))
}
