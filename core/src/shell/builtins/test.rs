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
    let name = argv.first().map_or("test", String::as_str);
    let result = match parse(shell.language(), &words) {
        Some(expression) => evaluate(shell, name, &expression),
        None => Err(wrong_expression(shell, name, &words)),
    };
    match result {
        Ok(yes) => i32::from(!yes),
        Err(text) => {
            shell.err(text + "\n");
            2
        }
    }
}

/// The expression of the words. dash has no `==`.
fn parse(language: Language, words: &[String]) -> Option<TestExpr> {
    let is_unknown = |word: &String| language == Language::Dash && word == "==";
    if !words.iter().any(is_unknown) {
        return brush_parser::test_command::parse(words).ok();
    }
    // As an operand it is a word like any other.
    let words: Vec<String> =
        words.iter().map(|word| if is_unknown(word) { "equals".to_string() } else { word.clone() }).collect();
    brush_parser::test_command::parse(&words).ok()
}

/// The shell's words for an expression that is wrong: dash names the last word before the wrong one, busybox that one.
fn wrong_expression(shell: &Shell, name: &str, words: &[String]) -> String {
    let language = shell.language();
    let is_right = |count: &usize| words.get(..*count).is_some_and(|words| parse(language, words).is_some());
    let right = (1..words.len()).rev().find(is_right).unwrap_or(0);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let prefix = shell.message_prefix();
    match (language, words.len()) {
        (Language::Ash, _) => format!("sh: {}: unknown operand", word(right)),
        (Language::Dash, _) => match word(right.saturating_sub(1)) {
            "" => format!("{prefix}: {name}: unexpected operator"),
            word => format!("{prefix}: {name}: {word}: unexpected operator"),
        },
        (_, 2) => format!("{prefix}: {name}: {}: unary operator expected", word(0)),
        (_, 3) => format!("{prefix}: {name}: {}: binary operator expected", word(1)),
        _ => format!("{prefix}: {name}: too many arguments"),
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
