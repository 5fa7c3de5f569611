//! Conditionals of a makefile: `ifeq`, `ifdef`, `else`, `endif`.

/// A conditional that is still open.
#[derive(Debug)]
struct OpenConditional {
    /// The current branch is active.
    holds: bool,
    /// A branch of it was active already.
    held: bool,
    /// After its final `else`.
    ends: bool,
}

/// The open conditionals, the innermost last.
#[derive(Debug, Default)]
pub(crate) struct Conditions(Vec<OpenConditional>);

impl Conditions {
    /// Whether the current lines are active.
    pub(crate) fn hold(&self) -> bool {
        self.0.iter().all(|one| one.holds)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Handles a line with one of these keywords. `decide` returns whether a condition holds.
    ///
    /// # Errors
    /// What make says of one that is not as it should be.
    pub(crate) fn follow(&mut self, line: &str, mut decide: impl FnMut(&str) -> Option<bool>) -> Result<(), String> {
        let (word, rest) = line.split_once([' ', '\t']).map_or((line, ""), |(word, rest)| (word, rest.trim()));
        let invalid = || "invalid syntax in conditional".to_string();
        match word {
            "endif" => self.0.pop().map(|_| ()).ok_or_else(|| "extraneous 'endif'".to_string()),
            "else" => {
                let outer =
                    self.0.len().checked_sub(1).is_some_and(|inner| self.0.iter().take(inner).all(|one| one.holds));
                let Some(last) = self.0.last_mut() else { return Err("extraneous 'else'".into()) };
                if last.ends {
                    return Err("only one 'else' per conditional".into());
                }
                let holds = match rest {
                    "" => true,
                    // Of a condition that cannot count any more nothing is asked.
                    rest if !last.held && outer => decide(rest).ok_or_else(invalid)?,
                    _ => false,
                };
                last.holds = holds && !last.held;
                last.held |= last.holds;
                last.ends = rest.is_empty();
                Ok(())
            }
            _ => {
                let holds = self.hold() && decide(line).ok_or_else(invalid)?;
                self.0.push(OpenConditional { holds, held: holds, ends: false });
                Ok(())
            }
        }
    }
}
