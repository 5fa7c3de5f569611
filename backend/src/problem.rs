//! How this crate makes a [`Problem`], the error of the API.

use stageplay_core::api::Problem;
use stageplay_report::without_control_characters;

/// Longest message of a problem, in bytes: it may quote what a client sent.
const MAX_MESSAGE: usize = 4096;

/// Makes a problem from a stable code, a message and advice. Control characters are removed from the message,
/// because it may quote untrusted text. An empty `help` means that there is no advice.
pub(crate) fn problem(code: &str, message: impl Into<String>, help: &str) -> Problem {
    let help = (!help.is_empty()).then(|| help.to_string());
    let mut message = without_control_characters(&message.into()).into_owned();
    if message.len() > MAX_MESSAGE {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        message.push('…');
    }
    Problem { code: code.into(), message, help, line: None }
}
