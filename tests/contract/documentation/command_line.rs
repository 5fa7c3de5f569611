//! docs/cli.md lists every command and option with the text of `--help`, and examples use only those.

use super::{GeneratedPart, cell, check_generated, pages, read};
use stageplay_tests::{stageplay, stdout};

/// The output of `stageplay COMMAND --help`, taken apart.
#[derive(Default)]
struct Help {
    /// The paragraphs before the usage line, and those outside of sections behind it.
    about: Vec<String>,
    /// One line for each way to call the command.
    usage: String,
    /// Headings such as `Commands`, `Arguments` and `Options`, each with its rows.
    sections: Vec<(String, Vec<Row>)>,
}

/// A command, an argument or an option: its name as printed, and its text.
struct Row {
    name: String,
    text: String,
}

impl Row {
    /// Adds a line of text. Possible values and what follows them begin new lines.
    fn add(&mut self, line: &str) {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.starts_with("- ") || self.text.contains('\n') {
            self.text.push('\n');
        } else if line == "Possible values:" && !self.text.ends_with('.') {
            self.text.push_str(". ");
        } else if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&line);
    }
}

impl Help {
    /// The help of a command, such as `["lesson", "test"]`; of the whole program without words.
    /// It is asked without environment variables, since clap prints their values.
    fn of(command: &[String]) -> Self {
        let output = stageplay().args(command).arg("--help").env_clear().output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        Self::parse(&stdout(&output))
    }

    /// # Panics
    /// If a line has another form than clap's.
    fn parse(text: &str) -> Self {
        let mut help = Self::default();
        for line in text.lines() {
            let words = line.trim();
            if let Some(usage) = line.strip_prefix("Usage: ") {
                help.usage = usage.to_string();
            } else if help.usage.is_empty() {
                help.about.extend((!words.is_empty()).then(|| words.to_string()));
            } else if words.is_empty() {
            } else if line.len() == words.len() {
                match words.strip_suffix(':') {
                    Some(heading) => help.sections.push((heading.to_string(), Vec::new())),
                    None => help.about.push(words.to_string()),
                }
            } else if help.sections.is_empty() {
                help.usage.push_str(&format!("\n{words}"));
            } else {
                let (_, rows) = help.sections.last_mut().expect("there is a section");
                if line.starts_with("          ") {
                    let row = rows.last_mut().unwrap_or_else(|| panic!("text of nothing: {line:?}"));
                    row.add(words);
                } else {
                    let (name, text) = words.split_once("  ").unwrap_or((words, ""));
                    rows.push(Row { name: name.to_string(), text: text.trim().to_string() });
                }
            }
        }
        assert!(!help.usage.is_empty(), "no usage: {text}");
        help
    }

    fn rows(&self, heading: &str) -> &[Row] {
        self.sections.iter().find(|(name, _)| name == heading).map_or(&[], |(_, rows)| rows)
    }

    /// The names of options, short and long.
    fn options(&self) -> Vec<&str> {
        let rows = self.sections.iter().filter(|(name, _)| name != "Commands").flat_map(|(_, rows)| rows);
        let names = rows.flat_map(|row| row.name.split([' ', ',', '=', '[', '<']));
        names.filter(|name| name.starts_with('-')).collect()
    }

    /// The page's part on this command. Each command of a group is linked to its own part.
    fn markdown(&self, command: &[String]) -> String {
        let mut text = self.about.iter().map(|line| format!("{}\n\n", cell(line))).collect::<String>();
        text.push_str(&format!("```text\n{}\n```\n\n", self.usage));
        for (heading, rows) in &self.sections {
            let rows: Vec<&Row> =
                rows.iter().filter(|row| !row.name.starts_with("-h, ") && row.name != "help").collect();
            if rows.is_empty() {
                continue;
            }
            text.push_str(&format!("| {heading} | |\n|---|---|\n"));
            for row in rows {
                let mut name = format!("`{}`", row.name.replace('|', "\\|"));
                if heading == "Commands" {
                    name = format!("[{name}](#{})", [command, std::slice::from_ref(&row.name)].concat().join("-"));
                }
                text.push_str(&format!("| {name} | {} |\n", cell(&row.text).replace('\n', "<br>")));
            }
            text.push('\n');
        }
        text
    }
}

/// Every command with its help: the program itself first, groups such as `lesson` before their commands.
fn commands() -> Vec<(Vec<String>, Help)> {
    let mut commands = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let help = Help::of(&command);
        for row in help.rows("Commands").iter().rev().filter(|row| row.name != "help") {
            open.push([command.as_slice(), std::slice::from_ref(&row.name)].concat());
        }
        commands.push((command, help));
    }
    commands
}

#[test]
fn the_command_line_page_lists_every_command_and_option() {
    let part = |(command, help): &(Vec<String>, Help)| {
        GeneratedPart::new([&["stageplay".to_string()], command.as_slice()].concat().join(" "), &help.markdown(command))
    };
    let parts: Vec<GeneratedPart> = commands().iter().map(part).collect();
    assert!(parts.len() > 20, "{}", parts.len());
    check_generated("docs/cli.md", &parts);
}

#[test]
fn examples_in_the_documentation_use_commands_and_options_that_exist() {
    let commands = commands();
    let mut examples = 0;
    for page in pages() {
        let text = read(&page);
        let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
        for line in blocks.flat_map(str::lines) {
            for words in calls(line) {
                examples += 1;
                let (command, help) = commands
                    .iter()
                    .filter(|(command, _)| words.starts_with(command))
                    .max_by_key(|(command, _)| command.len())
                    .expect("the program itself has no words");
                let is_group = !help.rows("Commands").is_empty();
                let rest = words.get(command.len()..).unwrap_or_default();
                let unknown = is_group && rest.first().is_some_and(|word| !word.starts_with('-'));
                assert!(!unknown, "{}: no such command: {line}", page.display());
                for option in rest.iter().filter(|word| word.starts_with('-') && *word != "-") {
                    let name = option.split('=').next().unwrap_or(option);
                    assert!(help.options().contains(&name), "{}: {name} is no option: {line}", page.display());
                }
            }
        }
    }
    assert!(examples > 20, "{examples}");
}

/// The arguments of each call of `stageplay` in a line of shell, up to a word `--`.
fn calls(line: &str) -> Vec<Vec<String>> {
    let code = line.split("# ").next().unwrap_or("");
    let commands = code.split(['|', ';', '&', '>', '<']);
    let arguments = commands.filter_map(|command| {
        let mut words = command.split_whitespace();
        words.find(|word| *word == "stageplay" || word.ends_with("/stageplay"))?;
        Some(words.take_while(|word| *word != "--").map(String::from).collect())
    });
    arguments.collect()
}
