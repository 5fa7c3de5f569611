//! The published ports of a new container (`-p`): how they are written, and when one is already allocated.

use crate::host::containers::{Container, PublishedPort};
use crate::host::store::Store;

/// Why the ports of a container cannot be published: another container that is up has one of them.
pub(super) fn port_conflict(store: &Store, container: &Container) -> Option<String> {
    let others = || store.containers.values().filter(|one| one.state.is_up() && one.id != container.id);
    let taken = container.ports.iter().find(|port| {
        let same = |other: &PublishedPort| other.host == port.host && other.protocol == port.protocol;
        others().flat_map(|one| &one.ports).any(|other| {
            same(other) && (other.address == port.address || other.address.is_empty() || port.address.is_empty())
        })
    })?;
    let address = if taken.address.is_empty() { "0.0.0.0" } else { &taken.address };
    Some(format!(
        "driver failed programming external connectivity on endpoint {} ({}): Bind for {address}:{} failed: port is already allocated",
        container.name, container.id, taken.host
    ))
}

/// Reads `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`, with ranges; a host port of 0 is to be chosen.
///
/// # Errors
/// Docker's message.
pub(super) fn read_port(text: &str) -> Result<Vec<PublishedPort>, String> {
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if !matches!(protocol, "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {protocol}"));
    }
    let mut parts: Vec<&str> = numbers.rsplitn(3, ':').collect();
    parts.reverse();
    let (address, host, container) = match parts.as_slice() {
        [container] => ("", "", *container),
        [host, container] => ("", *host, *container),
        [address, host, container] => (*address, *host, *container),
        _ => ("", "", numbers),
    };
    let range = |text: &str| -> Option<(u16, u16)> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some((first, last))
    };
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    let (first, last) = range(container).ok_or_else(|| format!("invalid containerPort: {container}"))?;
    let host = match host {
        "" => None,
        host => Some(range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?),
    };
    if host.is_some_and(|(low, high)| high - low != last - first) {
        return Err(format!(
            "invalid ranges specified for container and host Ports: {container} and {}",
            parts.get(parts.len().saturating_sub(2)).unwrap_or(&"")
        ));
    }
    let address = address.trim_matches(['[', ']']).to_string();
    let one = |number: u16| PublishedPort {
        address: address.clone(),
        host: host.map_or(0, |(low, _)| low.saturating_add(number - first)),
        container: number,
        protocol: protocol.to_string(),
    };
    Ok((first..=last).take(1024).map(one).collect())
}
