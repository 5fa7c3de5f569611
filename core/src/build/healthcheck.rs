//! HEALTHCHECK: its command and its durations in the image configuration.

use super::BuildError;
use crate::dockerfile::{self, Command, HealthTest, Instruction};
use crate::image::Healthcheck;

/// The health check that an instruction sets.
pub(super) fn healthcheck(test: &HealthTest, instruction: &Instruction) -> Result<Healthcheck, BuildError> {
    let test = match test {
        HealthTest::None => vec!["NONE".into()],
        HealthTest::Cmd(Command::Exec(words)) => ["CMD".to_string()].into_iter().chain(words.iter().cloned()).collect(),
        HealthTest::Cmd(Command::Shell(text)) => vec!["CMD-SHELL".into(), text.clone()],
    };
    let mut check = Healthcheck { test, ..Healthcheck::default() };
    for flag in &instruction.flags {
        let value = flag.value.as_deref().unwrap_or("");
        let key = match flag.name.as_str() {
            "interval" => "Interval",
            "timeout" => "Timeout",
            "start-period" => "StartPeriod",
            "start-interval" => "StartInterval",
            _ => "Retries",
        };
        let number = if key == "Retries" {
            value.parse::<u64>().map_err(|_| format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))
        } else {
            // The parser has refused negative durations.
            dockerfile::go_duration(value).map(|nanoseconds| nanoseconds.unsigned_abs())
        };
        let number = number.map_err(|message| BuildError::on_line("invalid-flag", message, instruction.line))?;
        check.settings.insert(key.into(), number);
    }
    Ok(check)
}
