//! Numbers of a pack. Each may also be written as a text, as a variable of a variant is put into texts only.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A number, 0 to 1,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteCount(pub u64);

/// A port with its protocol, such as `8080/tcp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortNumber(pub String);

/// The largest count.
const MAX_COUNT: u64 = 1_000_000_000;
/// The largest number of bytes: 1 PB.
const MAX_BYTES: u64 = 1_000_000_000_000_000;

fn count(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= MAX_COUNT)
}

/// Reads `20MB`, `1.5 GiB` or `300`. Units with an `i` are powers of 1024, others of 1000.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if part.len() > 9 || (number.contains('.') && part.is_empty()) {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    let scale = 10u64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let part = if part.is_empty() { 0 } else { part.parse::<u64>().ok()?.checked_mul(factor)? / scale };
    whole.checked_add(part).filter(|bytes| *bytes <= MAX_BYTES)
}

fn port(text: &str) -> Option<String> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let number: u16 = number.parse().ok()?;
    ["tcp", "udp", "sctp"].contains(&protocol).then(|| format!("{number}/{protocol}"))
}

/// Reads a number or a text.
struct NumberOrText<T> {
    read: fn(&str) -> Option<T>,
    expected: &'static str,
}

impl<T> Visitor<'_> for NumberOrText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        (self.read)(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        (self.read)(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a number from 0 to 1000000000";
        from.deserialize_any(NumberOrText { read: count, expected }).map(Count)
    }
}

impl<'de> Deserialize<'de> for ByteCount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a number of bytes, or a text such as \"20MB\" or \"64MiB\"";
        from.deserialize_any(NumberOrText { read: bytes, expected }).map(ByteCount)
    }
}

impl<'de> Deserialize<'de> for PortNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a port, such as 8080 or \"53/udp\"";
        from.deserialize_any(NumberOrText { read: port, expected }).map(PortNumber)
    }
}

#[cfg(feature = "schema")]
macro_rules! number_schema {
    ($($type:ident $pattern:literal)*) => {$(
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": $pattern}]
                })
            }
        }
    )*};
}

#[cfg(feature = "schema")]
number_schema! {
    Count r"^([0-9]+|\{\{.+\}\})$"
    ByteCount r"^([0-9.]+ *([kKmMgG]i?)?[bB]?|\{\{.+\}\})$"
    PortNumber r"^([0-9]+(/(tcp|udp|sctp))?|\{\{.+\}\})$"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, wanted) in [
            ("300", Some(300)),
            ("20MB", Some(20_000_000)),
            ("1.5 GiB", Some(1_610_612_736)),
            ("0.25kB", Some(250)),
            ("64mib", Some(64 << 20)),
            ("", None),
            ("MB", None),
            ("1.MB", None),
            ("-1", None),
            ("1e9", None),
            ("99999999999999999999", None),
            ("9999999GB", None),
            ("1 XB", None),
        ] {
            assert_eq!(bytes(text), wanted, "{text}");
        }
    }

    #[test]
    fn ports_have_a_protocol() {
        assert_eq!(port("8080").as_deref(), Some("8080/tcp"));
        assert_eq!(port("53/udp").as_deref(), Some("53/udp"));
        assert_eq!((port("70000"), port("80/http")), (None, None));
    }
}
