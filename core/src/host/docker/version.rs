//! `docker version` and `docker --version`.

use super::go_template::{Purpose, Template, Value};
use super::{Call, Docker, note};
use crate::shell::Shell;

/// The version of the API of an engine (docs.docker.com/reference/api/engine, "Versioned API and SDK").
fn api_version(version: &str) -> &'static str {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    match (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) {
        (17, _) => "1.32",
        (18, _) => "1.39",
        (19, _) => "1.40",
        (20, _) => "1.41",
        (23, _) => "1.42",
        (24, _) => "1.43",
        (25, _) => "1.44",
        (26, _) => "1.45",
        (27, 0..=2) => "1.46",
        (27, _) => "1.47",
        (28, 0) => "1.48",
        (28, 1) => "1.49",
        _ => "1.50",
    }
}

/// The oldest version of the API that an engine takes (moby, `api/common.go`).
fn min_api_version(major: u32) -> &'static str {
    if major < 25 { "1.12" } else { "1.24" }
}

impl Docker {
    /// `docker --version`.
    pub(super) fn short_version(&self, shell: &mut Shell) -> i32 {
        let store = self.lock();
        shell.out(format!("Docker version {}\n", store.engine.version));
        0
    }

    pub(super) fn version(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let store = self.lock();
        let version = store.engine.version.clone();
        let major = store.engine.major();
        let api = api_version(&version);
        let min = min_api_version(major);
        if let Some(format) = call.words.last("format").filter(|format| !format.is_empty()) {
            let text = |text: &str| Value::text(text);
            let value = Value::structure([
                (
                    "Client",
                    Value::structure([
                        ("Version", text(&version)),
                        ("ApiVersion", text(api)),
                        ("DefaultAPIVersion", text(api)),
                        ("Os", text("linux")),
                        ("Arch", text("amd64")),
                        ("Context", text("default")),
                    ]),
                ),
                (
                    "Server",
                    Value::structure([
                        ("Version", text(&version)),
                        ("ApiVersion", text(api)),
                        ("MinAPIVersion", text(min)),
                        ("Os", text("linux")),
                        ("Arch", text("amd64")),
                    ]),
                ),
            ]);
            return one(shell, format, &value, major, "version");
        }
        // What is not known of a release, as the compiler that built it, has no line.
        shell.out(format!(
            "Client:\n Version:           {version}\n API version:       {api}\n OS/Arch:           linux/amd64\n Context:           default\n\nServer:\n Engine:\n  Version:          {version}\n  API version:      {api} (minimum version {min})\n  OS/Arch:          linux/amd64\n  Experimental:     false\n"
        ));
        0
    }
}

/// Prints one value by a format. `name` is what the client calls its template.
pub(super) fn one(shell: &mut Shell, format: &str, value: &Value, major: u32, name: &str) -> i32 {
    let format = if format == "json" && major >= 23 { "{{json .}}" } else { format };
    let named = |error: String| error.replacen("template: :", &format!("template: {name}:"), 1);
    let template = match Template::parse(format) {
        Ok(template) => template,
        Err(error) => {
            shell.err(format!("template parsing error: {}\n", named(error)));
            return 64;
        }
    };
    match template.execute(value, Purpose::default()) {
        Ok(text) => {
            shell.out(format!("{text}\n"));
            0
        }
        // Of an engine more is told than is known here.
        Err(error) if super::inspect::missing_field(&error).is_some() => {
            note(shell, "inspect-field-not-known", super::inspect::missing_field(&error).unwrap_or_default());
            1
        }
        Err(error) => {
            let error = named(error).replacen("executing \"\"", &format!("executing \"{name}\""), 1);
            shell.err(format!("\n{error}\n"));
            1
        }
    }
}
