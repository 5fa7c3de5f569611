//! STOPSIGNAL: names and numbers of signals.

use super::go_int;

/// Whether Linux knows a signal (moby/sys/signal): a number other than zero, or a name.
pub fn is_signal(signal: &str) -> bool {
    if let Ok(number) = go_int(signal, i64::MIN, i64::MAX) {
        return number != 0;
    }
    const NAMES: [&str; 37] = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX", "",
    ];
    let upper = signal.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let numbered = |prefix: &str, most: u32| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| (1..=most).any(|number| rest == number.to_string()))
    };
    (!name.is_empty() && NAMES.contains(&name)) || numbered("RTMIN+", 15) || numbered("RTMAX-", 14)
}
