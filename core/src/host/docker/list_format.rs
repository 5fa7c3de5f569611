//! `--format` of the commands that list something (docker/cli, `command/formatter`).

use super::go_template::{Purpose, Template, Value};
use super::tabwriter::table;
use crate::shell::Shell;
use std::collections::BTreeMap;

/// A list: its rows, and how each column is called in the head of a table.
pub(super) struct List<'a> {
    /// The fields with the heads of their columns.
    pub(super) heads: &'a [(&'a str, &'a str)],
    /// The rows, by the names of the fields.
    pub(super) rows: Vec<BTreeMap<String, Value>>,
    /// The format where none is given.
    pub(super) usual: &'a str,
    /// The format where only ids are asked for.
    pub(super) quiet: &'a str,
    /// The format of `raw`.
    pub(super) raw: &'a str,
    /// The type of the rows, as errors name it.
    pub(super) type_name: &'a str,
    /// What errors about the template begin with.
    pub(super) error: &'a str,
    /// Whether `--quiet` goes before `--format`.
    pub(super) quiet_wins: bool,
}

/// What a list is printed for.
pub(super) struct Output<'a> {
    pub(super) format: Option<&'a str>,
    pub(super) is_quiet: bool,
    /// The engine's release.
    pub(super) major: u32,
    /// The least width of a column.
    pub(super) width: usize,
}

impl List<'_> {
    /// The text that the client prints.
    ///
    /// # Errors
    /// The client's message; the exit code is 1.
    fn print(&self, output: &Output<'_>) -> Result<String, String> {
        let given = output.format.unwrap_or("");
        let format = match given {
            _ if output.is_quiet && (self.quiet_wins || matches!(given, "" | "table" | "raw")) => {
                self.quiet.to_string()
            }
            "" | "table" => format!("table {}", self.usual),
            "raw" => self.raw.to_string(),
            // The client knows the word since 23.0.
            "json" if output.major >= 23 => "{{json .}}".to_string(),
            other => other.to_string(),
        };
        let (is_table, format) = match format.strip_prefix("table") {
            Some(rest) => (true, rest.trim_start().to_string()),
            None => (false, format),
        };
        let format = format.replace("\\t", "\t").replace("\\n", "\n");
        let failed = |error: String| format!("{}{error}\n", self.error);
        let template = Template::parse(&format).map_err(|error| failed(error).replacen("execute", "parse", 1))?;
        let run = |value: &Value, is_header: bool| {
            let purpose = Purpose { is_header, escapes: true, type_name: self.type_name };
            template.execute(value, purpose)
        };
        if self.quiet_wins {
            // The client tries the template of `docker ps` before it asks for containers.
            let fields = self.heads.iter().map(|(field, _)| (field.to_string(), Value::text("")));
            run(&Value::Map(fields.collect()), false).map_err(failed)?;
        }
        let mut lines = Vec::new();
        for row in &self.rows {
            lines.push(run(&Value::Map(row.clone()), false).map_err(failed)?);
        }
        if !is_table {
            return Ok(lines.iter().map(|line| format!("{line}\n")).collect());
        }
        let heads = self.heads.iter().map(|(field, head)| (field.to_string(), Value::text(*head)));
        let head = run(&Value::Map(heads.collect()), true).map_err(failed)?;
        let rows: Vec<Vec<String>> = std::iter::once(&head)
            .chain(&lines)
            .flat_map(|line| line.split('\n'))
            .map(|line| line.split('\t').map(str::to_string).collect())
            .collect();
        Ok(table(&rows, output.width))
    }

    /// Prints the list, or the client's message; returns the exit code.
    pub(super) fn show(&self, shell: &mut Shell, output: &Output<'_>) -> i32 {
        match self.print(output) {
            Ok(text) => {
                shell.out(text);
                0
            }
            Err(error) => {
                shell.err(error);
                1
            }
        }
    }
}
