//! A fix that was applied: what it changed, and the failure that it fixes, so that its cause can still be read.

use stageplay_protocol::Outcome;
use std::rc::Rc;

/// A fix of a failed start that was applied. It is forgotten when the Dockerfile is edited further.
#[derive(Clone, Debug)]
pub struct AppliedFix {
    /// The text of the Dockerfile with the fix.
    pub text: String,
    /// The result before it.
    pub failure: Rc<Outcome>,
    /// Whether the cause of that failure is shown.
    pub shows_cause: bool,
}

/// The first line of `new` that differs from `old`, without the blanks around it; empty if lines were only removed.
pub(super) fn changed_line<'t>(old: &str, new: &'t str) -> &'t str {
    let mut old_lines = old.lines();
    let differs = new.lines().find(|line| old_lines.next() != Some(line));
    differs.filter(|line| !old.lines().any(|other| other == *line)).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changed_line_is_the_first_that_differs() {
        let old = "FROM a\nRUN go build\nCMD x\n";
        assert_eq!(changed_line(old, "FROM a\nRUN CGO_ENABLED=0 go build\nCMD x\n"), "RUN CGO_ENABLED=0 go build");
        assert_eq!(changed_line(old, "FROM a\nCMD x\n"), "");
        assert_eq!(changed_line(old, old), "");
        assert_eq!(changed_line(old, "FROM a\nRUN go build\nCMD x\nUSER 1\n"), "USER 1");
    }
}
