//! Lines that are typed or pasted: how many wait, and what is taken off them.

use super::Terminal;

/// The lines that may wait for the commands before them.
const MAX_WAITING: usize = 500;

impl Terminal {
    /// Takes typed or pasted lines, which run one after the other. Prompts that were copied with several lines are removed.
    pub(in crate::state) fn enter(&mut self, text: &str) {
        let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        for line in &lines {
            if self.waiting.len() < MAX_WAITING {
                let line = if lines.len() > 1 { line.strip_prefix("$ ").unwrap_or(line) } else { line };
                self.waiting.push_back(line.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_lines_run_one_after_the_other() {
        let mut terminal = Terminal::default();
        terminal.enter("$ cd /\r\n\n$ ls");
        assert_eq!(terminal.next_command(""), Some("cd /".into()));
        assert_eq!((terminal.next_command(""), terminal.prompt(), terminal.waiting()), (None, "", 2));
        terminal.set_prompt("/ $ ".into());
        terminal.ended();
        assert_eq!(terminal.next_command(""), Some("ls".into()));
        let texts: Vec<&str> = terminal.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["~/work $ cd /", "/ $ ", "/ $ ls"]);
        assert_eq!(terminal.histories.of(""), ["cd /", "ls"]);
    }
}
