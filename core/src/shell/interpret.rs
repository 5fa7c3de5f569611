//! Walks the syntax tree that brush-parser makes of a script.

use super::{MAX_DEPTH, MAX_SCRIPT, Shell};
use crate::fs::glob_matches;
use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, BinaryPredicate, CaseItemPostAction, Command,
    CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList, ExtendedTestExpr, IoRedirect, Pipeline,
    RedirectList, SimpleCommand, UnaryPredicate,
};
use brush_parser::{Parser, ParserOptions};
use std::sync::Arc;

/// Why a list stops early. Exit codes are in `last_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Exit,
    Return,
    Break(u32),
    Continue(u32),
}

impl Shell {
    /// Parses and runs a script; returns its exit code.
    pub fn run_script(&mut self, text: &str) -> i32 {
        if text.len() > MAX_SCRIPT || nesting(text) > 40 {
            self.gap("script-too-large", "");
            return 0;
        }
        let program = match Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program() {
            Ok(program) => program,
            Err(_) => {
                let name = self.name.clone();
                self.err(match self.dialect() {
                    "ash" => format!("{name}: syntax error\n"),
                    "bash" => format!("{name}: -c: line 1: syntax error\n"),
                    _ => format!("{name}: 1: Syntax error\n"),
                });
                return 2;
            }
        };
        let mut lists = program.complete_commands.iter().peekable();
        while let Some(list) = lists.next() {
            if self.list(list, true) != Flow::Next {
                break;
            }
            if lists.peek().is_some() {
                self.note_ignored_failure();
            }
        }
        self.last_status
    }

    fn list(&mut self, list: &CompoundList, checked: bool) -> Flow {
        for (index, item) in list.0.iter().enumerate() {
            let flow = self.and_or(&item.0, checked);
            if flow != Flow::Next {
                return flow;
            }
            if checked && index + 1 < list.0.len() {
                self.note_ignored_failure();
            }
        }
        Flow::Next
    }

    /// A command that failed in the middle of a script is told: the script goes on, and the step is
    /// as good as its last command. A test that decides what comes next is no failure.
    fn note_ignored_failure(&mut self) {
        let argv = self.called.last().cloned().unwrap_or_default();
        let is_test = matches!(argv.first().map(String::as_str), None | Some("[" | "test" | "false" | "read"));
        if self.ran_last && self.last_status != 0 && !self.errexit && !is_test && self.depth <= 1 {
            let what: Vec<&str> = argv.iter().take(4).map(String::as_str).collect();
            self.gap("ignored-failure", what.join(" "));
        }
    }

    /// `checked`: a failure here counts for `set -e`.
    fn and_or(&mut self, list: &AndOrList, checked: bool) -> Flow {
        let last = list.additional.len();
        let mut flow = self.pipeline(&list.first, checked && last == 0);
        let mut ran_last = last == 0;
        for (index, next) in list.additional.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            let (wanted, pipeline) = match next {
                AndOr::And(pipeline) => (self.last_status == 0, pipeline),
                AndOr::Or(pipeline) => (self.last_status != 0, pipeline),
            };
            if wanted {
                ran_last = index + 1 == last;
                flow = self.pipeline(pipeline, checked && ran_last);
            } else if index + 1 == last {
                ran_last = false;
            }
        }
        let negated = list.additional.is_empty() && list.first.bang;
        self.ran_last = ran_last && !negated;
        if flow == Flow::Next && checked && ran_last && !negated && self.errexit && self.last_status != 0 {
            return Flow::Exit;
        }
        flow
    }

    fn pipeline(&mut self, pipeline: &Pipeline, checked: bool) -> Flow {
        let mut flow = Flow::Next;
        if let [only] = pipeline.seq.as_slice() {
            flow = self.command(only, checked && !pipeline.bang);
        } else {
            let mut input = std::mem::take(&mut self.stdin);
            let mut worst = 0;
            for (index, command) in pipeline.seq.iter().enumerate() {
                self.stdin = std::mem::take(&mut input);
                let is_last = index + 1 == pipeline.seq.len();
                let positional = self.positional.clone();
                if is_last {
                    self.nested(positional, |shell| {
                        shell.command(command, false);
                        shell.last_status
                    });
                } else {
                    input = self.capture(|shell| {
                        shell.nested(positional, |shell| {
                            shell.command(command, false);
                            shell.last_status
                        });
                    });
                }
                if self.last_status != 0 {
                    worst = self.last_status;
                }
            }
            self.stdin.clear();
            if self.pipefail {
                self.last_status = worst;
            }
        }
        if pipeline.bang && flow == Flow::Next {
            self.last_status = i32::from(self.last_status == 0);
        }
        flow
    }

    fn command(&mut self, command: &Command, checked: bool) -> Flow {
        if self.steps_left == 0 {
            self.gap("too-many-steps", "");
            return Flow::Exit;
        }
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                self.with_redirects(redirects, |shell| shell.compound(compound, checked))
            }
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

    fn with_redirects(&mut self, redirects: &Option<RedirectList>, run: impl FnOnce(&mut Shell) -> Flow) -> Flow {
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

    fn assign(&mut self, assignment: &Assignment, export: bool) -> Result<(), String> {
        let AssignmentName::VariableName(name) = &assignment.name else {
            self.gap("unmodelled-shell", "arrays");
            return Ok(());
        };
        let AssignmentValue::Scalar(word) = &assignment.value else {
            self.gap("unmodelled-shell", "arrays");
            return Ok(());
        };
        let mut value = self.expand_one(word)?;
        if assignment.append {
            value = self.var(name).unwrap_or("").to_string() + &value;
        }
        self.set_var(name, value, export);
        Ok(())
    }

    fn simple(&mut self, simple: &SimpleCommand) -> Flow {
        match self.try_simple(simple) {
            Ok(flow) => flow,
            Err(text) => {
                // An expansion error ends a shell that is not interactive.
                self.err(text + "\n");
                self.last_status = if self.dialect() == "bash" { 1 } else { 2 };
                Flow::Exit
            }
        }
    }

    fn try_simple(&mut self, simple: &SimpleCommand) -> Result<Flow, String> {
        let mut redirects = Vec::new();
        let mut assignments = Vec::new();
        let mut argv: Vec<String> = Vec::new();
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
                Item::AssignmentWord(assignment, _) => assignments.push(assignment),
                Item::Word(word) => argv.extend(self.expand_word(word)?),
                Item::ProcessSubstitution(..) => self.gap("unmodelled-shell", "process substitution"),
            }
        }
        let before = self.last_status;
        self.last_status = 0;
        if let Some(word) = &simple.word_or_name {
            argv.extend(self.expand_word(word)?);
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
                Item::Word(word) => argv.extend(self.expand_word(word)?),
                // `export A=$B`: an assignment in argument position is not split.
                Item::AssignmentWord(_, word) => argv.push(self.expand_one(word)?),
                Item::ProcessSubstitution(..) => self.gap("unmodelled-shell", "process substitution"),
            }
        }
        if argv.is_empty() {
            for assignment in assignments {
                self.assign(assignment, false)?;
            }
            let status = self.last_status;
            self.last_status = self.redirected(&redirects, |_| status);
            return Ok(Flow::Next);
        }
        self.last_status = before;
        if self.xtrace {
            let line: Vec<String> = argv.iter().map(|word| quoted(word)).collect();
            self.err(format!("+ {}\n", line.join(" ")));
        }
        let saved = if assignments.is_empty() { None } else { Some(self.vars.clone()) };
        for assignment in assignments {
            self.assign(assignment, true)?;
        }
        let name = argv.first().cloned().unwrap_or_default();
        let mut flow = Flow::Next;
        let status = match name.as_str() {
            "exit" | "return" | "break" | "continue" => {
                let number = argv.get(1).and_then(|text| text.parse::<i32>().ok());
                flow = match name.as_str() {
                    "exit" => Flow::Exit,
                    "return" => Flow::Return,
                    "break" => Flow::Break(number.unwrap_or(1).max(1) as u32),
                    _ => Flow::Continue(number.unwrap_or(1).max(1) as u32),
                };
                match flow {
                    Flow::Exit | Flow::Return => number.map_or(self.last_status, |code| code & 255),
                    _ => 0,
                }
            }
            "exec" if argv.len() > 1 => {
                flow = Flow::Exit;
                let rest = argv.get(1..).unwrap_or(&[]).to_vec();
                self.redirected(&redirects, |shell| shell.call(&rest))
            }
            _ => match self.functions.get(&name).cloned() {
                Some(body) => self.redirected(&redirects, |shell| shell.function(&body, &argv)),
                None => self.redirected(&redirects, |shell| shell.call(&argv)),
            },
        };
        self.last_status = status;
        if let Some(vars) = saved {
            self.vars = vars;
        }
        Ok(flow)
    }

    fn function(&mut self, body: &brush_parser::ast::FunctionBody, argv: &[String]) -> i32 {
        if self.depth >= MAX_DEPTH {
            self.gap("too-many-steps", "nesting");
            return 0;
        }
        let arguments = argv.get(1..).unwrap_or(&[]).to_vec();
        let saved = std::mem::replace(&mut self.positional, arguments);
        self.depth += 1;
        self.with_redirects(&body.1, |shell| shell.compound(&body.0, true));
        self.depth -= 1;
        self.positional = saved;
        self.last_status
    }

    fn compound(&mut self, command: &CompoundCommand, checked: bool) -> Flow {
        match command {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, checked),
            CompoundCommand::Subshell(subshell) => {
                let positional = self.positional.clone();
                self.nested(positional, |shell| {
                    shell.list(&subshell.list, checked);
                    shell.last_status
                });
                if checked && self.errexit && self.last_status != 0 { Flow::Exit } else { Flow::Next }
            }
            CompoundCommand::IfClause(clause) => {
                if let Some(flow) = self.condition(&clause.condition) {
                    return flow;
                }
                if self.last_status == 0 {
                    return self.list(&clause.then, checked);
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
                    return self.list(&branch.body, checked);
                }
                self.last_status = 0;
                Flow::Next
            }
            CompoundCommand::WhileClause(clause) => self.repeat(&clause.0, &clause.1.list, true, checked),
            CompoundCommand::UntilClause(clause) => self.repeat(&clause.0, &clause.1.list, false, checked),
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
                self.last_status = 0;
                for value in values {
                    self.set_var(&clause.variable_name, value, false);
                    match self.list(&clause.body.list, checked) {
                        Flow::Next | Flow::Continue(1) => {}
                        Flow::Break(1) => break,
                        Flow::Break(n) => return Flow::Break(n - 1),
                        Flow::Continue(n) => return Flow::Continue(n - 1),
                        flow => return flow,
                    }
                }
                Flow::Next
            }
            CompoundCommand::CaseClause(clause) => self.case(clause, checked),
            CompoundCommand::Arithmetic(arithmetic) => {
                let value = self.expand_text(&arithmetic.expr.value).and_then(|text| self.arithmetic(&text));
                self.last_status = i32::from(!value.is_ok_and(|value| value != 0));
                Flow::Next
            }
            CompoundCommand::ArithmeticForClause(_) | CompoundCommand::Coprocess(_) => {
                self.gap("unmodelled-shell", "for ((…)) and coproc");
                Flow::Next
            }
        }
    }

    fn case(&mut self, clause: &brush_parser::ast::CaseClauseCommand, checked: bool) -> Flow {
        let value = self.expand_one(&clause.value).unwrap_or_default();
        self.last_status = 0;
        let mut fall_through = false;
        for item in &clause.cases {
            let matches = fall_through
                || item
                    .patterns
                    .iter()
                    .any(|word| self.expand_pattern(&word.value).is_ok_and(|pattern| glob_matches(&pattern, &value)));
            if !matches {
                continue;
            }
            let flow = item.cmd.as_ref().map_or(Flow::Next, |list| self.list(list, checked));
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

    /// Runs a condition, where failures are answers; `Some` if it leaves the construct.
    fn condition(&mut self, list: &CompoundList) -> Option<Flow> {
        let flow = self.list(list, false);
        (flow != Flow::Next).then_some(flow)
    }

    fn repeat(&mut self, condition: &CompoundList, body: &CompoundList, until_fails: bool, checked: bool) -> Flow {
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
            match self.list(body, checked) {
                Flow::Next | Flow::Continue(1) => {}
                Flow::Break(1) => break,
                Flow::Break(n) => return Flow::Break(n - 1),
                Flow::Continue(n) => return Flow::Continue(n - 1),
                flow => return flow,
            }
            status = self.last_status;
        }
        self.last_status = status;
        Flow::Next
    }

    fn extended_test(&mut self, expression: &ExtendedTestExpr) -> Result<bool, String> {
        Ok(match expression {
            ExtendedTestExpr::And(a, b) => self.extended_test(a)? && self.extended_test(b)?,
            ExtendedTestExpr::Or(a, b) => self.extended_test(a)? || self.extended_test(b)?,
            ExtendedTestExpr::Not(inner) => !self.extended_test(inner)?,
            ExtendedTestExpr::Parenthesized(inner) => self.extended_test(inner)?,
            ExtendedTestExpr::UnaryTest(predicate, word) => {
                let word = self.expand_one(word)?;
                self.unary_test(predicate, &word)
            }
            ExtendedTestExpr::BinaryTest(predicate, a, b) => {
                let left = self.expand_one(a)?;
                if let BinaryPredicate::StringExactlyMatchesPattern
                | BinaryPredicate::StringDoesNotExactlyMatchPattern = predicate
                {
                    let pattern = self.expand_pattern(&b.value)?;
                    let equal = glob_matches(&pattern, &left);
                    return Ok(equal == matches!(predicate, BinaryPredicate::StringExactlyMatchesPattern));
                }
                let right = self.expand_one(b)?;
                self.binary_test(predicate, &left, &right)
            }
        })
    }

    pub(super) fn unary_test(&mut self, predicate: &UnaryPredicate, word: &str) -> bool {
        use UnaryPredicate as U;
        let node = self.fs.stat(&self.cwd, word).ok().map(|(_, node)| node.clone());
        if node.is_none()
            && !matches!(predicate, U::StringHasZeroLength | U::StringHasNonZeroLength | U::FdIsOpenTerminal)
            && self.fs.may_hide(&self.cwd, word)
        {
            self.gap("unlisted-file", word);
        }
        match predicate {
            U::StringHasZeroLength => word.is_empty(),
            U::StringHasNonZeroLength => !word.is_empty(),
            U::FileExists => node.is_some(),
            U::FileExistsAndIsDir => node.is_some_and(|node| node.is_dir()),
            U::FileExistsAndIsRegularFile => node.is_some_and(|node| node.content().is_some()),
            U::FileExistsAndIsSymlink => {
                self.fs.lstat(&self.cwd, word).is_ok_and(|(_, node)| matches!(node.kind, crate::fs::Kind::Symlink(_)))
            }
            U::FileExistsAndIsNotZeroLength => node.is_some_and(|node| {
                node.is_dir() || node.content().is_some_and(|content| content.len > 0 || !content.len_known)
            }),
            U::FileExistsAndIsReadable => node.is_some_and(|node| self.user.may(&node, 4)),
            U::FileExistsAndIsWritable => node.is_some_and(|node| self.user.may(&node, 2)),
            U::FileExistsAndIsExecutable => node.is_some_and(|node| self.user.may(&node, 1)),
            U::FileExistsAndIsSetuid => node.is_some_and(|node| node.mode & 0o4000 != 0),
            U::FileExistsAndIsSetgid => node.is_some_and(|node| node.mode & 0o2000 != 0),
            U::FileExistsAndHasStickyBit => node.is_some_and(|node| node.mode & 0o1000 != 0),
            U::ShellVariableIsSetAndAssigned => self.var(word).is_some(),
            _ => false,
        }
    }

    pub(super) fn binary_test(&mut self, predicate: &BinaryPredicate, a: &str, b: &str) -> bool {
        use BinaryPredicate as B;
        let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
        match predicate {
            B::StringExactlyMatchesString | B::StringExactlyMatchesPattern => a == b,
            B::StringDoesNotExactlyMatchString | B::StringDoesNotExactlyMatchPattern => a != b,
            B::StringContainsSubstring => a.contains(b),
            B::LeftSortsBeforeRight => a < b,
            B::LeftSortsAfterRight => a > b,
            B::ArithmeticEqualTo => number(a) == number(b),
            B::ArithmeticNotEqualTo => number(a) != number(b),
            B::ArithmeticLessThan => number(a) < number(b),
            B::ArithmeticLessThanOrEqualTo => number(a) <= number(b),
            B::ArithmeticGreaterThan => number(a) > number(b),
            B::ArithmeticGreaterThanOrEqualTo => number(a) >= number(b),
            _ => {
                self.gap("unmodelled-shell", "this comparison in a test");
                false
            }
        }
    }
}

/// Whether a script ends inside something: a quote, a here-document, a loop.
pub(crate) fn is_unfinished(text: &str) -> bool {
    use brush_parser::ParseError;
    if text.len() > MAX_SCRIPT || nesting(text) > 40 {
        return false;
    }
    match Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program() {
        Ok(_) | Err(ParseError::ParsingNear(_)) => false,
        Err(ParseError::ParsingAtEndOfInput) => true,
        Err(ParseError::Tokenizing { inner, .. }) => format!("{inner:?}").starts_with("Unterminated"),
    }
}

/// A word as `set -x` prints it.
fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,+@%^".contains(c));
    if plain { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// How deep brackets and compound commands nest at most: the parser recurses on them.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let words = text.split(|c: char| !c.is_alphanumeric());
    let (mut blocks, mut most) = (0usize, 0usize);
    for word in words {
        match word {
            "if" | "for" | "while" | "until" | "case" => blocks += 1,
            "fi" | "done" | "esac" => blocks = blocks.saturating_sub(1),
            _ => {}
        }
        most = most.max(blocks);
    }
    deepest.max(most)
}

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use super::*;
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
        let mut shell = Shell::new(tree.seal(), "/tmp", &env, Credentials::default(), Machine::X86_64);
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
        assert_eq!(run("echo a > /no/such").0, 1);
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
    }
}
