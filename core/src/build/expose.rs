//! EXPOSE: ports and port ranges.

use std::ops::RangeInclusive;

/// Parses `80`, `80/udp` or `8000-8010/tcp` to the ports and the protocol.
///
/// # Errors
/// Docker's message for an invalid port, range or protocol.
pub(super) fn parse_port(text: &str) -> Result<(RangeInclusive<u16>, String), String> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    // Docker accepts `host:container` and ignores the host's part.
    let range = range.rsplit(':').next().unwrap_or(range);
    let protocol = protocol.to_ascii_lowercase();
    if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err(format!("Invalid proto: {protocol}"));
    }
    let invalid = || format!("Invalid containerPort: {range}");
    let (low, high) = range.split_once('-').unwrap_or((range, range));
    let (low, high): (u16, u16) = (low.parse().map_err(|_| invalid())?, high.parse().map_err(|_| invalid())?);
    if low > high {
        return Err(format!("Invalid range specified for the Port: {range}"));
    }
    Ok((low..=high, protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_come_alone_and_in_ranges() {
        assert_eq!(parse_port("80").unwrap(), (80..=80, "tcp".into()));
        assert_eq!(parse_port("53/UDP").unwrap(), (53..=53, "udp".into()));
        assert_eq!(parse_port("8000-8002").unwrap().0.count(), 3);
        for bad in ["x", "99999", "9-8", "80/icmp", ""] {
            assert!(parse_port(bad).is_err(), "{bad}");
        }
    }
}
