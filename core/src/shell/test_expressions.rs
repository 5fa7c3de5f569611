//! Conditional expressions: `[[ … ]]` and `test`.

use super::Shell;
use super::language::Language;
use brush_parser::ast::{BinaryPredicate, ExtendedTestExpr, UnaryPredicate};

impl Shell {
    pub(super) fn extended_test(&mut self, expression: &ExtendedTestExpr) -> Result<bool, String> {
        Ok(match expression {
            ExtendedTestExpr::And(a, b) => self.extended_test(a)? && self.extended_test(b)?,
            ExtendedTestExpr::Or(a, b) => self.extended_test(a)? || self.extended_test(b)?,
            ExtendedTestExpr::Not(inner) => !self.extended_test(inner)?,
            ExtendedTestExpr::Parenthesized(inner) => self.extended_test(inner)?,
            ExtendedTestExpr::UnaryTest(predicate, word) => {
                let word = self.expand_one(word)?;
                self.trace_construct(|_| format!("[[ {predicate} {} ]]", if word.is_empty() { "''" } else { &word }));
                self.unary_test(predicate, &word)
            }
            ExtendedTestExpr::BinaryTest(predicate, a, b) => {
                let left = self.expand_one(a)?;
                let told = |right: &str| {
                    let shown = |word: &str| if word.is_empty() { "''".to_string() } else { word.to_string() };
                    format!("[[ {} {predicate} {} ]]", shown(&left), shown(right))
                };
                if let BinaryPredicate::StringExactlyMatchesPattern
                | BinaryPredicate::StringDoesNotExactlyMatchPattern = predicate
                {
                    let pattern = self.expand_pattern(&b.value)?;
                    self.trace_construct(|_| told(&pattern));
                    let equal = self.matches_pattern(&pattern, &left);
                    return Ok(equal == matches!(predicate, BinaryPredicate::StringExactlyMatchesPattern));
                }
                if matches!(predicate, BinaryPredicate::StringMatchesRegex) {
                    let pattern = self.expand_one(b)?;
                    self.trace_construct(|_| told(&pattern));
                    return Ok(match super::regex::extended(&self.effort, &pattern) {
                        Some(regex) => {
                            let found = regex.captures(&left);
                            let parts = found.iter().flat_map(|found| (0..found.len()).map(|group| found.get(group)));
                            let parts = parts.map(|part| part.map_or("", |part| part.as_str()).to_string()).collect();
                            self.set_array("BASH_REMATCH", parts)?;
                            found.is_some()
                        }
                        None => {
                            self.gap("unmodelled-shell", format!("[[ … =~ {pattern} ]]"));
                            false
                        }
                    });
                }
                let right = self.expand_one(b)?;
                self.trace_construct(|_| told(&right));
                self.binary_test("[[", predicate, &left, &right)?
            }
        })
    }

    pub(super) fn unary_test(&mut self, predicate: &UnaryPredicate, word: &str) -> bool {
        use UnaryPredicate as U;
        let found = match predicate {
            U::FileExistsAndIsSymlink => self.fs.lstat(&self.cwd, word),
            _ => self.fs.stat(&self.cwd, word),
        };
        let (place, node) = found.map_or((None, None), |(place, node)| (Some(place), Some(node.clone())));
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
            U::FileExistsAndIsSymlink => node.is_some_and(|node| matches!(node.kind, crate::fs::Kind::Symlink(_))),
            U::FileExistsAndIsNotZeroLength => node.is_some_and(|node| {
                node.is_dir() || node.content().is_some_and(|content| content.len > 0 || !content.len_known)
            }),
            U::FileExistsAndIsReadable => node.is_some_and(|node| self.user.may(&node, 4)),
            // busybox looks at the mode alone, dash and bash ask access(2).
            U::FileExistsAndIsWritable => {
                let is_read_only = || place.is_some_and(|place| self.fs.writable(&place).is_err());
                node.is_some_and(|node| self.user.may(&node, 2))
                    && (self.language() == Language::Ash || !is_read_only())
            }
            U::FileExistsAndIsExecutable => node.is_some_and(|node| self.user.may(&node, 1)),
            U::FileExistsAndIsFifo => {
                node.is_some_and(|node| matches!(node.kind, crate::fs::Kind::Special(crate::fs::Special::Fifo)))
            }
            U::FileExistsAndIsCharSpecialFile => {
                node.is_some_and(|node| matches!(node.kind, crate::fs::Kind::Special(crate::fs::Special::CharDevice)))
            }
            U::FileExistsAndIsBlockSpecialFile => {
                node.is_some_and(|node| matches!(node.kind, crate::fs::Kind::Special(crate::fs::Special::BlockDevice)))
            }
            U::FileExistsAndIsSetuid => node.is_some_and(|node| node.mode & 0o4000 != 0),
            U::FileExistsAndIsSetgid => node.is_some_and(|node| node.mode & 0o2000 != 0),
            U::FileExistsAndHasStickyBit => node.is_some_and(|node| node.mode & 0o1000 != 0),
            U::ShellVariableIsSetAndAssigned => self.place(word).is_ok_and(|value| value.is_some()),
            _ => false,
        }
    }

    /// # Errors
    /// What should be a number is none: the shell's words.
    /// `name` is what asks, as messages tell it: `[`, `test`.
    pub(super) fn binary_test(
        &mut self,
        name: &str,
        predicate: &BinaryPredicate,
        a: &str,
        b: &str,
    ) -> Result<bool, String> {
        use BinaryPredicate as B;
        let (language, prefix) = (self.language(), self.message_prefix());
        let number = |text: &str| -> Result<i64, String> {
            text.trim().parse::<i64>().map_err(|_| match language {
                Language::Bash => format!("{prefix}: {name}: {text}: integer expression expected"),
                // busybox says under which name it was started.
                Language::Ash => format!("sh: {text}: bad number"),
                Language::Dash => format!("{prefix}: {name}: Illegal number: {text}"),
            })
        };
        Ok(match predicate {
            B::StringExactlyMatchesString | B::StringExactlyMatchesPattern => a == b,
            B::StringDoesNotExactlyMatchString | B::StringDoesNotExactlyMatchPattern => a != b,
            B::StringContainsSubstring => a.contains(b),
            B::LeftSortsBeforeRight => a < b,
            B::LeftSortsAfterRight => a > b,
            B::ArithmeticEqualTo => number(a)? == number(b)?,
            B::ArithmeticNotEqualTo => number(a)? != number(b)?,
            B::ArithmeticLessThan => number(a)? < number(b)?,
            B::ArithmeticLessThanOrEqualTo => number(a)? <= number(b)?,
            B::ArithmeticGreaterThan => number(a)? > number(b)?,
            B::ArithmeticGreaterThanOrEqualTo => number(a)? >= number(b)?,
            B::FilesReferToSameDeviceAndInodeNumbers => {
                let ino = |name: &str| self.fs.stat(&self.cwd, name).ok().map(|(_, node)| node.ino());
                ino(a).is_some() && ino(a) == ino(b)
            }
            B::LeftFileIsNewerOrExistsWhenRightDoesNot => self.is_newer(a, b),
            B::LeftFileIsOlderOrDoesNotExistWhenRightDoes => self.is_newer(b, a),
            _ => {
                self.gap("unmodelled-shell", "this comparison in a test");
                false
            }
        })
    }

    /// `a -nt b`. In bash a file is newer than one that does not exist.
    fn is_newer(&self, a: &str, b: &str) -> bool {
        let of = |name: &str| self.fs.stat(&self.cwd, name).ok().map(|(_, node)| node.modified);
        match (of(a), of(b)) {
            (Some(a), Some(b)) => a > b,
            (Some(_), None) => self.language() == Language::Bash,
            (None, _) => false,
        }
    }
}
