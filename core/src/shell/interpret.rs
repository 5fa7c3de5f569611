//! Interprets the syntax tree that brush-parser makes of a script: lists, `&&` and `||`, commands.

use super::language::Language;
use super::limits::{MAX_NESTING, MAX_SCRIPT};
use super::unfinished_script::nesting;
use super::{Gap, Shell};
use brush_parser::ast::{
    AndOr, AndOrList, Command, CompoundCommand, CompoundList, IoRedirect, RedirectList, SeparatorOperator,
    SourceLocation as _,
};
use std::sync::Arc;

/// The special builtins (POSIX, 2.14).
pub(crate) const SPECIAL_BUILTINS: [&str; 14] = [
    "break", "continue", ":", ".", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "trap",
    "unset",
];

/// The control flow after a command. Exit codes are in `last_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Exit,
    Return,
    Break(u32),
    Continue(u32),
}

impl Shell {
    /// Parses and runs a script; returns its exit code.
    pub fn run_script(&mut self, text: &str) -> i32 {
        self.run_text(text);
        self.last_status
    }

    /// Parses and runs a script; returns the control flow after its last command.
    pub(super) fn run_text(&mut self, text: &str) -> Flow {
        if text.len() > MAX_SCRIPT || nesting(text) > MAX_NESTING {
            self.gap("script-too-large", "");
            self.last_status = 0;
            return Flow::Next;
        }
        // A text within a script begins at the line that it stands in.
        let base = std::mem::replace(&mut self.line_base, self.line.saturating_sub(1));
        let flow = self.read_and_run(text);
        self.line_base = base;
        flow
    }

    /// Runs a parsed list; returns its exit status.
    pub(super) fn run_list(&mut self, list: &CompoundList) -> i32 {
        self.list(list);
        self.last_status
    }

    pub(super) fn list(&mut self, list: &CompoundList) -> Flow {
        for (index, item) in list.0.iter().enumerate() {
            if matches!(item.1, SeparatorOperator::Async) {
                self.run_in_background(&item.0);
                continue;
            }
            let (met_before, gaps) = (self.met_unknown_content.replace(false), self.gaps.len());
            let flow = self.and_or(&item.0);
            // What met something unknown may have succeeded.
            let is_remark = |gap: &Gap| ["ignored-failure", "no-clock", "unknown-log"].contains(&gap.code);
            let is_known = !self.met_unknown_content.get() && self.gaps.iter().skip(gaps).all(is_remark);
            self.met_unknown_content.set(self.met_unknown_content.get() || met_before);
            if flow != Flow::Next {
                return flow;
            }
            if index + 1 < list.0.len() && is_known {
                self.record_ignored_failure();
            }
        }
        Flow::Next
    }

    pub(super) fn and_or(&mut self, list: &AndOrList) -> Flow {
        let last = list.additional.len();
        let mut flow = match last {
            0 => self.pipeline(&list.first),
            _ => self.with_failures_ignored(|shell| shell.pipeline(&list.first)),
        };
        let mut ran = (last == 0).then_some(&list.first);
        for (index, next) in list.additional.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            match next {
                AndOr::And(_) => self.note_and(),
                AndOr::Or(_) => self.note_branch(),
            }
            let (wanted, pipeline) = match next {
                AndOr::And(pipeline) => (self.last_status == 0, pipeline),
                AndOr::Or(pipeline) => (self.last_status != 0, pipeline),
            };
            if !wanted {
                continue;
            }
            if index + 1 == last {
                ran = Some(pipeline);
                flow = self.pipeline(pipeline);
            } else {
                flow = self.with_failures_ignored(|shell| shell.pipeline(pipeline));
            }
        }
        let counted = ran.filter(|pipeline| !pipeline.bang);
        self.is_last_status_own = counted.is_some();
        match counted {
            Some(pipeline) if flow == Flow::Next => self.exit_on_failure(pipeline),
            _ => flow,
        }
    }

    pub(crate) fn command(&mut self, command: &Command) -> Flow {
        self.effort.spend(super::limits::STEPS_OF_COMMAND);
        if self.steps_left == 0 || self.effort.is_over() {
            self.gap("too-many-steps", "");
            return Flow::Exit;
        }
        if self.options.noexec {
            return Flow::Next;
        }
        match command {
            Command::Simple(simple) => {
                if let Some(place) = simple.location() {
                    self.line = self.line_base + place.start.line.max(1);
                }
                self.simple(simple)
            }
            // Two subshells in busybox, the inner one with a command that there is not.
            Command::Compound(CompoundCommand::Arithmetic(inner), redirects) if self.language() == Language::Ash => {
                self.with_redirects(redirects, |shell| {
                    let name = inner.expr.value.split_whitespace().next().unwrap_or("").to_string();
                    shell.last_status = shell.not_found(&name);
                    Flow::Next
                })
            }
            Command::Compound(compound, redirects) => self.with_redirects(redirects, |shell| shell.compound(compound)),
            Command::Function(function) => {
                self.functions.insert(function.fname.value.clone(), Arc::new(function.body.clone()));
                self.last_status = 0;
                Flow::Next
            }
            Command::ExtendedTest(test, redirects) => self.with_redirects(redirects, |shell| {
                match shell.extended_test(&test.expr) {
                    Ok(yes) => shell.last_status = i32::from(!yes),
                    Err(text) => {
                        shell.err(text + "\n");
                        shell.last_status = 2;
                    }
                }
                Flow::Next
            }),
        }
    }

    pub(crate) fn with_redirects(
        &mut self,
        redirects: &Option<RedirectList>,
        run: impl FnOnce(&mut Shell) -> Flow,
    ) -> Flow {
        let list: Vec<&IoRedirect> = redirects.iter().flat_map(|list| &list.0).collect();
        let mut flow = Flow::Next;
        let mut ran = false;
        let status = self.redirected(&list, |shell| {
            flow = run(shell);
            ran = true;
            shell.last_status
        });
        if !ran {
            self.last_status = status;
        }
        flow
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use crate::elf::Machine;
    use crate::exec::Credentials;
    use crate::fs::Tree;

    fn run(script: &str) -> (i32, String, String) {
        let mut tree = Tree::new();
        for dir in ["/tmp", "/etc", "/bin"] {
            tree.mkdir(dir, 0o755, 0, 0).unwrap();
        }
        let program = crate::elf::write(&crate::elf::Elf::new(Machine::X86_64, false));
        for name in ["cat", "touch"] {
            let content = crate::fs::Content::inline(program.clone());
            tree.write(&format!("/bin/{name}"), content, 0o755, 0, 0).unwrap();
        }
        let env = vec!["PATH=/bin".to_string(), "HOME=/root".into(), "A=a b".into()];
        let mut shell =
            crate::command_table::new_shell(tree.seal(), "/tmp", &env, Credentials::default(), Machine::X86_64);
        let status = shell.run_script(script);
        (status, shell.printed(Stream::Stdout), shell.printed(Stream::Stderr))
    }

    fn out(script: &str) -> String {
        run(script).1
    }

    #[test]
    fn lists_and_conditions() {
        assert_eq!(out("true && echo a || echo b; false && echo c || echo d"), "a\nd\n");
        assert_eq!(run("false; true").0, 0);
        assert_eq!(run("set -e; false; echo no").0, 1);
        assert_eq!(out("set -e; false || echo yes; if false; then :; fi; echo end"), "yes\nend\n");
        assert_eq!(run("exit 3").0, 3);
        assert_eq!(out("if [ -d /tmp ]; then echo dir; else echo no; fi"), "dir\n");
        assert_eq!(out("! false && echo ok"), "ok\n");
    }

    #[test]
    fn loops_and_cases() {
        assert_eq!(out("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done"), "1\n3\n");
        assert_eq!(out("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i"), "3\n");
        assert_eq!(out("case foo.go in *.c) echo c;; *.go|*.rs) echo go;; esac"), "go\n");
    }

    #[test]
    fn words_expand() {
        assert_eq!(out("echo $A \"$A\" '$A' \\$A"), "a b a b $A $A\n");
        assert_eq!(out("X=${U:-def}; echo ${X%f} ${#X} ${U:+no}"), "de 3\n");
        assert_eq!(out("echo $(echo sub) `echo tick`"), "sub tick\n");
        assert_eq!(out("touch b.go a.go; echo *.go '*.go' *.c"), "a.go b.go *.go *.c\n");
        assert_eq!(out("f() { echo \"$1-$#\"; }; f x y"), "x-2\n");
    }

    #[test]
    fn redirections_write_files() {
        assert_eq!(out("echo a > f; echo b >> f; cat f; cat < f; echo x 2>/dev/null >&2"), "a\nb\na\nb\n");
        assert_eq!(out("cat <<E\nhi $A\nE"), "hi a b\n");
        assert_eq!(out("echo one | cat"), "one\n");
        assert_eq!(run("echo a > /no/such").0, 2);
    }

    #[test]
    fn a_command_that_does_not_exist_is_127() {
        let (status, _, err) = run("nope");
        assert_eq!((status, err.as_str()), (127, "/bin/sh: 1: nope: not found\n"));
    }

    #[test]
    fn endless_scripts_end() {
        run("while true; do :; done");
        run("f() { f; }; f");
        run(&"(".repeat(10_000));
        run(&format!("{}{}", "(".repeat(39), ")".repeat(39)));
        run(&"if true; then ".repeat(35));
        run("$(($(");
        run("A=x; for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do A=$A$A$A; done");
        run(&"a|".repeat(20_000));
        run(&"\"$(".repeat(30));
        // Lines that no end comes to, and lines before an error.
        run(&format!("echo \"{}", "a\n".repeat(10_000)));
        run(&format!("{}fi\n", "true\n".repeat(10_000)));
        run(&format!("cat <<E\n{}", "a\n".repeat(10_000)));
        run(&format!("cat {}", "<<E ".repeat(10_000)));
        run(&"case a in a) ".repeat(10));
        run(&"case a in a) ".repeat(35));
    }
}
