//! Compound commands: groups, conditions, loops, cases.

use super::Shell;
use super::interpret::Flow;
use brush_parser::ast::{CaseItemPostAction, CompoundCommand, CompoundList};

impl Shell {
    pub(super) fn compound(&mut self, command: &CompoundCommand) -> Flow {
        match command {
            CompoundCommand::BraceGroup(group) => self.list(&group.list),
            CompoundCommand::Subshell(subshell) => {
                let positional = self.positional.clone();
                self.nested(positional, |shell| {
                    shell.list(&subshell.list);
                    shell.last_status
                });
                Flow::Next
            }
            CompoundCommand::IfClause(clause) => {
                if let Some(flow) = self.condition(&clause.condition) {
                    return flow;
                }
                if self.last_status == 0 {
                    return self.list(&clause.then);
                }
                for branch in clause.elses.iter().flatten() {
                    if let Some(condition) = &branch.condition {
                        if let Some(flow) = self.condition(condition) {
                            return flow;
                        }
                        if self.last_status != 0 {
                            continue;
                        }
                    }
                    return self.list(&branch.body);
                }
                self.last_status = 0;
                Flow::Next
            }
            CompoundCommand::WhileClause(clause) => self.repeat(&clause.0, &clause.1.list, true),
            CompoundCommand::UntilClause(clause) => self.repeat(&clause.0, &clause.1.list, false),
            CompoundCommand::ForClause(clause) => {
                let mut values = Vec::new();
                match &clause.values {
                    Some(words) => {
                        for word in words {
                            match self.expand_word(word) {
                                Ok(fields) => values.extend(fields),
                                Err(text) => {
                                    self.err(text + "\n");
                                    self.last_status = 2;
                                    return Flow::Exit;
                                }
                            }
                        }
                    }
                    None => values = self.positional.clone(),
                }
                self.note_branch();
                self.last_status = 0;
                for value in values {
                    self.trace_construct(|_| {
                        let words = clause.values.as_ref();
                        let words = words.map_or("\"$@\"".into(), |words| {
                            words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ")
                        });
                        format!("for {} in {words}", clause.variable_name)
                    });
                    self.set_var(&clause.variable_name, value, false);
                    if let Some(flow) = self.run_iteration(&clause.body.list) {
                        return flow.unwrap_or(Flow::Next);
                    }
                }
                Flow::Next
            }
            CompoundCommand::CaseClause(clause) => self.case(clause),
            CompoundCommand::Arithmetic(arithmetic) => {
                self.last_status = i32::from(!self.is_nonzero(&arithmetic.expr.value));
                Flow::Next
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                if let Some(first) = &clause.initializer {
                    self.is_nonzero(&first.value);
                }
                self.last_status = 0;
                while clause.condition.as_ref().is_none_or(|condition| self.is_nonzero(&condition.value)) {
                    if self.steps_left == 0 {
                        self.gap("too-many-steps", "");
                        return Flow::Exit;
                    }
                    self.steps_left -= 1;
                    if let Some(flow) = self.run_iteration(&clause.body.list) {
                        return flow.unwrap_or(Flow::Next);
                    }
                    if let Some(step) = &clause.updater {
                        self.is_nonzero(&step.value);
                    }
                }
                Flow::Next
            }
            CompoundCommand::Coprocess(_) => {
                self.gap("unmodelled-shell", "coproc");
                Flow::Next
            }
        }
    }

    /// Runs one iteration of a loop. Returns `Some` if it was the last one, with the control flow that leaves the
    /// loop, if any.
    fn run_iteration(&mut self, body: &CompoundList) -> Option<Option<Flow>> {
        match self.list(body) {
            Flow::Next | Flow::Continue(1) => None,
            Flow::Break(1) => Some(None),
            Flow::Break(n) => Some(Some(Flow::Break(n - 1))),
            Flow::Continue(n) => Some(Some(Flow::Continue(n - 1))),
            flow => Some(Some(flow)),
        }
    }

    /// Whether an arithmetic expression is not 0. A malformed one counts as 0.
    fn is_nonzero(&mut self, text: &str) -> bool {
        self.trace_construct(|_| format!("(( {} ))", text.trim()));
        match self.expand_heredoc(text).and_then(|text| self.arithmetic(&text)) {
            Ok(value) => {
                self.note_branch();
                value != 0
            }
            Err(text) => {
                self.err(text + "\n");
                false
            }
        }
    }

    fn case(&mut self, clause: &brush_parser::ast::CaseClauseCommand) -> Flow {
        self.trace_construct(|_| format!("case {} in", clause.value.value));
        let value = self.expand_one(&clause.value).unwrap_or_default();
        self.note_branch();
        self.last_status = 0;
        let mut fall_through = false;
        for item in &clause.cases {
            let matches = fall_through
                || item.patterns.iter().any(|word| {
                    self.expand_pattern(&word.value).is_ok_and(|pattern| self.matches_pattern(&pattern, &value))
                });
            if !matches {
                continue;
            }
            let flow = item.cmd.as_ref().map_or(Flow::Next, |list| self.list(list));
            if flow != Flow::Next {
                return flow;
            }
            match item.post_action {
                CaseItemPostAction::ExitCase => break,
                CaseItemPostAction::UnconditionallyExecuteNextCaseItem => fall_through = true,
                CaseItemPostAction::ContinueEvaluatingCases => fall_through = false,
            }
        }
        Flow::Next
    }

    /// Runs a condition, in which `set -e` does not apply. Returns `Some` if it leaves the command.
    fn condition(&mut self, list: &CompoundList) -> Option<Flow> {
        let flow = self.with_failures_ignored(|shell| shell.list(list));
        self.note_branch();
        (flow != Flow::Next).then_some(flow)
    }

    fn repeat(&mut self, condition: &CompoundList, body: &CompoundList, until_fails: bool) -> Flow {
        let mut status = 0;
        loop {
            if self.steps_left == 0 {
                self.gap("too-many-steps", "");
                return Flow::Exit;
            }
            self.steps_left -= 1;
            if let Some(flow) = self.condition(condition) {
                return flow;
            }
            if (self.last_status == 0) != until_fails {
                break;
            }
            if let Some(flow) = self.run_iteration(body) {
                return flow.unwrap_or(Flow::Next);
            }
            status = self.last_status;
        }
        self.last_status = status;
        Flow::Next
    }
}
