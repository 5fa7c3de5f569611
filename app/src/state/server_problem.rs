//! Problems that the server reports, and problems of the connection to it.

use crate::i18n::{colon, t};
use stageplay_report::api::Problem;
use stageplay_report::words::Language;

/// What kind of problem it is, in the language of the page, then the server's own words and the help that it offers.
pub(crate) fn problem_text(language: Language, problem: &Problem) -> String {
    let id = format!("problem.{}", problem.code);
    let kind =
        Some(t(language, &id)).filter(|words| *words != id).map(|words| words + colon(language)).unwrap_or_default();
    let help = problem.help.as_ref().map(|help| format!(" – {help}")).unwrap_or_default();
    format!("{kind}{}{help}", problem.message)
}

/// A problem of the connection to the server.
pub(crate) fn connection_problem(message: impl Into<String>) -> Problem {
    Problem { code: "server".into(), message: message.into(), help: None, line: None }
}

/// Parses the error answer of the server. Any text that is not a problem becomes the message of one, cut to
/// 200 characters.
pub(crate) fn parse_problem(status: u16, text: &str) -> Problem {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let start: String = text.chars().take(200).collect();
        connection_problem(format!("{status} {start}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_its_kind_in_the_language_of_the_page() {
        let mut problem = connection_problem("no stream");
        assert_eq!(problem_text(Language::English, &problem), "Connection to the server: no stream");
        assert_eq!(problem_text(Language::Chinese, &problem), "与服务器的连接有问题：no stream");
        (problem.code, problem.help) = ("of-a-later-server".into(), Some("wait".into()));
        assert_eq!(problem_text(Language::Chinese, &problem), "no stream – wait");
    }

    #[test]
    fn an_answer_that_is_no_problem_becomes_the_message_of_one() {
        assert_eq!(parse_problem(502, "<html>").message, "502 <html>");
        assert_eq!(parse_problem(429, "{\"code\":\"a\",\"message\":\"b\"}").message, "b");
    }
}
