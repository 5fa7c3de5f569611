//! Problems that the server reports, and problems of the connection to it.

use stageplay_report::api::Problem;

/// The message of a problem, with the help that it offers.
pub(crate) fn problem_text(problem: &Problem) -> String {
    let help = problem.help.as_ref().map(|help| format!(" – {help}")).unwrap_or_default();
    format!("{}{help}", problem.message)
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
    fn an_answer_that_is_no_problem_becomes_the_message_of_one() {
        assert_eq!(parse_problem(502, "<html>").message, "502 <html>");
        assert_eq!(parse_problem(429, "{\"code\":\"a\",\"message\":\"b\"}").message, "b");
    }
}
