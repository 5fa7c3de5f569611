//! `docker pull`.

use super::command_line::CommandLine;
use super::{Docker, daemon_error, usage};
use crate::image::{Image, Reference, short_id};
use crate::shell::Shell;

impl Docker {
    pub(super) fn pull(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(argv, &["q", "quiet", "a"], &["platform"], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "pull", &error),
        };
        let Some(name) = words.operands.first() else {
            return usage(shell, "pull", "\"docker pull\" requires exactly 1 argument.");
        };
        let mut store = self.lock();
        match store.image(name) {
            Ok((image, pulled)) => {
                let text = if pulled {
                    pull_output(name, &image)
                } else {
                    format!("Status: Image is up to date for {name}\n")
                };
                shell.out(text);
                0
            }
            Err(error) => daemon_error(shell, &error),
        }
    }
}

/// The output of a pull.
pub(super) fn pull_output(name: &str, image: &Image) -> String {
    let Ok(reference) = Reference::parse(name) else {
        return String::new();
    };
    let mut text = format!(
        "{}: Pulling from {}\n",
        reference.tag,
        reference.canonical().split('/').skip(1).collect::<Vec<_>>().join("/").split(':').next().unwrap_or("")
    );
    for layer in &image.layers {
        text.push_str(&format!("{}: Pull complete\n", short_id(&layer.diff_id)));
    }
    text + &format!("Status: Downloaded newer image for {reference}\n")
}
