//! `head`.

use crate::commands::coreutils::head_tail_counts::{Amount, counted, print_parts};
use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::builtins::printf::MAX_TEXT;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn head(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = counted(argv);
    let (flags, names) = options(&argv, "nc");
    only(shell, "head", &flags, &["n", "c", "q", "lines", "bytes"]);
    let bytewise = value(&flags, &["c", "bytes"]).map(str::to_string);
    let wanted = bytewise.clone().or_else(|| value(&flags, &["n", "lines"]).map(str::to_string));
    let wanted = wanted.unwrap_or_else(|| "10".into());
    // A device without an end gives just what is asked for.
    if let ([device], Some(count)) = (names.as_slice(), bytewise.as_ref().and_then(|text| text.parse::<usize>().ok())) {
        match device.as_str() {
            "/dev/zero" => {
                shell.out(vec![0; count.min(MAX_TEXT)]);
                return 0;
            }
            "/dev/urandom" | "/dev/random" => {
                shell.gap("unknown-output", format!("head {device}"));
                return 0;
            }
            _ => {}
        }
    }
    let Some(wanted) = Amount::read(shell, "head", &wanted, bytewise.is_some()) else { return 1 };
    let (all, status) = inputs(shell, "head", &names);
    print_parts(shell, all, has(&flags, &["q"]), bytewise.is_some(), |count| match wanted.sign {
        Some('-') => 0..count.saturating_sub(wanted.count),
        _ => 0..wanted.count.min(count),
    });
    status
}
