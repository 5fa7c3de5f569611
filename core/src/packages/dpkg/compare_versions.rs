//! `dpkg --compare-versions`, and the order of Debian's versions.

use crate::shell::Shell;

/// `dpkg --compare-versions A op B`: returns 0 if the relation holds.
pub(crate) fn compare_versions(shell: &mut Shell, operands: &[String]) -> i32 {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let [one, operator, two] = operands else {
        shell.err("dpkg: error: --compare-versions takes three arguments: <version> <relation> <version>\n");
        return 2;
    };
    let order = version_order(one, two);
    let holds = match operator.as_str() {
        "lt" | "<<" | "lt-nl" => order == Less,
        "le" | "<=" | "<" | "le-nl" => order != Greater,
        "eq" | "=" => order == Equal,
        "ne" => order != Equal,
        "ge" | ">=" | ">" | "ge-nl" => order != Less,
        "gt" | ">>" | "gt-nl" => order == Greater,
        other => {
            shell.err(format!("dpkg: error: --compare-versions bad relation\n{other}\n"));
            return 2;
        }
    };
    i32::from(!holds)
}

/// The order of two versions as deb-version(7) defines it.
fn version_order(one: &str, two: &str) -> std::cmp::Ordering {
    fn split(version: &str) -> (u64, &str, &str) {
        let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        (epoch.parse().unwrap_or(0), upstream, revision)
    }
    let (one, two) = (split(one), split(two));
    one.0.cmp(&two.0).then_with(|| part_order(one.1, two.1)).then_with(|| part_order(one.2, two.2))
}

fn part_order(one: &str, two: &str) -> std::cmp::Ordering {
    /// The sort weight of a character: `~` sorts before the end of the text, the end before letters, letters before
    /// all else.
    fn weight(byte: Option<&u8>) -> i32 {
        match byte {
            Some(b'~') => -1,
            None => 0,
            Some(byte) if byte.is_ascii_digit() => 0,
            Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
            Some(byte) => i32::from(*byte) + 256,
        }
    }
    let (mut one, mut two) = (one.as_bytes(), two.as_bytes());
    loop {
        let is_text = |text: &[u8]| text.first().is_some_and(|byte| !byte.is_ascii_digit());
        while is_text(one) || is_text(two) {
            let order = weight(one.first()).cmp(&weight(two.first()));
            if order.is_ne() {
                return order;
            }
            one = one.get(1..).unwrap_or(&[]);
            two = two.get(1..).unwrap_or(&[]);
        }
        let number = |text: &mut &[u8]| {
            let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, rest) = text.split_at_checked(len).unwrap_or((text, &[]));
            *text = rest;
            let start = digits.iter().take_while(|digit| **digit == b'0').count();
            digits.get(start..).unwrap_or(&[]).to_vec()
        };
        let (a, b) = (number(&mut one), number(&mut two));
        let order = a.len().cmp(&b.len()).then_with(|| a.cmp(&b));
        if order.is_ne() || one.is_empty() && two.is_empty() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::version_order;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn versions_are_ordered_as_debian_orders_them() {
        for (one, two, order) in [
            ("1.0", "1.0", Equal),
            ("1.0~rc1", "1.0", Less),
            ("1.10", "1.9", Greater),
            ("1:0.1", "9", Greater),
            ("1.0-2", "1.0-10", Less),
            ("1.0a", "1.0+", Less),
            ("2.36-9+deb12u10", "2.36-9+deb12u9", Greater),
            ("1.0-0", "1.0", Equal),
            ("1.01", "1.1", Equal),
        ] {
            assert_eq!(version_order(one, two), order, "{one} {two}");
            assert_eq!(version_order(two, one), order.reverse(), "{two} {one}");
        }
    }
}
