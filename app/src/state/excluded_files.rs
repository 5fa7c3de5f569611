//! Which line of `.dockerignore` leaves a file out of the build context: the file tree names it beside the file.

use stageplay_dockerfile::ignore::Ignore;

/// `.dockerignore` with its lines, to say which one left a path out.
pub(super) struct IgnoreLines {
    all: Ignore,
    lines: Vec<String>,
}

impl IgnoreLines {
    pub(super) fn new(text: &str) -> Self {
        IgnoreLines { all: Ignore::parse(text), lines: stageplay_dockerfile::ignore::lines(text) }
    }

    /// The last line that leaves a path out, if it is left out.
    pub(super) fn rule(&self, path: &str) -> Option<String> {
        if !self.all.excludes(path) {
            return None;
        }
        let leaves_out = |line: &&String| Ignore::parse(line).excludes(path);
        self.lines.iter().rev().find(leaves_out).or(self.lines.last()).cloned()
    }
}
