//! test and `[`.

use crate::shell::Shell;
use crate::shell::language::Language;
use brush_parser::ast::TestExpr;

pub(crate) fn test(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]).to_vec();
    if argv.first().is_some_and(|name| name == "[") && words.pop().as_deref() != Some("]") {
        let words = match shell.language() {
            Language::Ash => format!("{}: missing ]", shell.message_prefix().split(':').next().unwrap_or("sh")),
            Language::Dash => format!("{}: [: missing ]", shell.message_prefix()),
            Language::Bash => format!("{}: [: missing `]'", shell.message_prefix()),
        };
        shell.err(words + "\n");
        return 2;
    }
    if words.is_empty() {
        return 1;
    }
    if words.len() > 64 {
        shell.gap("unmodelled-shell", "a test of more than 64 words");
        return 2;
    }
    let result = match brush_parser::test_command::parse(&words) {
        Ok(expression) => evaluate(shell, argv.first().map_or("test", String::as_str), &expression),
        Err(_) => Err(match shell.language() {
            Language::Ash => format!("sh: {}: unknown operand", words.get(1).map_or("", String::as_str)),
            language => {
                let (prefix, name) = (shell.message_prefix(), argv.first().map_or("test", String::as_str));
                let at = usize::from(words.len() > 2);
                let word = words.get(at).map_or("", String::as_str);
                match (language, words.len()) {
                    (Language::Dash, _) => format!("{prefix}: {name}: {word}: unexpected operator"),
                    (_, 2) => format!("{prefix}: {name}: {word}: unary operator expected"),
                    (_, 3) => format!("{prefix}: {name}: {word}: binary operator expected"),
                    _ => format!("{prefix}: {name}: too many arguments"),
                }
            }
        }),
    };
    match result {
        Ok(yes) => i32::from(!yes),
        Err(text) => {
            shell.err(text + "\n");
            2
        }
    }
}

fn evaluate(shell: &mut Shell, name: &str, expression: &TestExpr) -> Result<bool, String> {
    Ok(match expression {
        TestExpr::False => false,
        TestExpr::Literal(text) => !text.is_empty(),
        TestExpr::And(a, b) => evaluate(shell, name, a)? && evaluate(shell, name, b)?,
        TestExpr::Or(a, b) => evaluate(shell, name, a)? || evaluate(shell, name, b)?,
        TestExpr::Not(inner) => !evaluate(shell, name, inner)?,
        TestExpr::Parenthesized(inner) => evaluate(shell, name, inner)?,
        TestExpr::UnaryTest(predicate, word) => shell.unary_test(predicate, word),
        TestExpr::BinaryTest(predicate, a, b) => return shell.binary_test(name, predicate, a, b),
    })
}
