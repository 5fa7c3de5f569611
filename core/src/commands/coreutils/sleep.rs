//! `sleep`: there is no clock, so it ends at once, but `sleep infinity` never does.

use crate::shell::Shell;

/// `sleep NUMBER[smhd] …`; the words of GNU's (`strtod` takes `inf` and `infinity`).
pub(crate) fn sleep(shell: &mut Shell, argv: &[String]) -> i32 {
    let is_endless = |word: &String| {
        let number = word.trim_end_matches(['s', 'm', 'h', 'd']).to_ascii_lowercase();
        ["inf", "infinity"].contains(&number.as_str())
    };
    if argv.iter().skip(1).any(is_endless) {
        shell.never_wakes();
        return 0;
    }
    shell.sleep(argv.iter().skip(1).map(|word| seconds(word)).sum());
    0
}

/// A duration in seconds; 0 for what is not a number.
fn seconds(word: &str) -> f64 {
    let unit = match word.chars().last() {
        Some('m') => 60.0,
        Some('h') => 3600.0,
        Some('d') => 86_400.0,
        _ => 1.0,
    };
    let number = word.trim_end_matches(['s', 'm', 'h', 'd']).parse::<f64>().unwrap_or(0.0);
    if number.is_finite() && number > 0.0 { number * unit } else { 0.0 }
}
