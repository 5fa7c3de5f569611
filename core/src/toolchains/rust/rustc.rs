//! `rustc`.

use super::cargo_profile::Profile;
use super::find_linker::can_link;
use super::link_elf::write_program;
use super::program_size::content;
use super::rust_source::Source;
use super::target_triple::Target;
use crate::fs::path;
use crate::shell::Shell;

/// The command model of `rustc FILE`.
pub(crate) fn rustc(shell: &mut Shell, argv: &[String]) -> i32 {
    let (mut output, mut named, mut input, mut flags) = (None, None, None, String::new());
    let mut profile = Profile::of_rustc();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-o" => output = words.next().cloned(),
            "--target" => named = words.next().cloned(),
            "-C" | "--codegen" => flags = format!("{flags} {}", words.next().map_or("", String::as_str)),
            "--edition" | "--crate-name" | "-L" | "-l" | "--extern" | "--cfg" | "-W" | "-A" | "-D" => {
                words.next();
            }
            "--crate-type" | "--emit" | "--print" | "--out-dir" | "--version" | "-V" | "-vV" | "--explain" => {
                shell.gap("unknown-output", format!("rustc {word}"));
                return 0;
            }
            word => match word.strip_prefix("-C") {
                Some(flag) => flags = format!("{flags} {flag}"),
                None if !word.starts_with('-') => input = Some(word.to_string()),
                None => named = word.strip_prefix("--target=").map(str::to_string).or(named),
            },
        }
    }
    flags.split_whitespace().for_each(|flag| profile.take_flag(flag));
    let Some(input) = input else {
        shell.err("error: no input filename given\n\n");
        return 1;
    };
    let text = match shell.read(&input) {
        Ok(text) => text,
        Err(_) if shell.fs.may_hide(&shell.cwd, &input) => {
            shell.gap("unlisted-file", &input);
            None
        }
        Err(error) => {
            let why = error.errno.message();
            shell.err(format!(
                "error: couldn't read `{input}`: {why} (os error 2)\n\nerror: aborting due to 1 previous error\n\n"
            ));
            return 1;
        }
    };
    let target = Target::decide(shell, named.as_deref(), &flags);
    if let Err(words) = can_link(shell, &target) {
        shell.err(format!("{words}error: aborting due to 1 previous error\n\n"));
        return 1;
    }
    let source = Source::read([text]);
    let stem = path::file_name(&input).trim_end_matches(".rs").to_string();
    let place = path::join(&shell.cwd, &output.unwrap_or(stem));
    let content = content(shell, &target, &profile, &source, None);
    if let Err(error) = write_program(shell, &place, content) {
        shell.err(format!("error: failed to write {place}: {}\n\n", error.errno.message()));
        return 1;
    }
    0
}
