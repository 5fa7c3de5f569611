//! `getopts`.

use crate::shell::Shell;

/// `getopts letters name [words]`.
pub(crate) fn getopts(shell: &mut Shell, argv: &[String]) -> i32 {
    let (Some(letters), Some(name)) = (argv.get(1).cloned(), argv.get(2).cloned()) else { return 2 };
    let words = if argv.len() > 3 { argv.get(3..).unwrap_or(&[]).to_vec() } else { shell.positional.clone() };
    let mut index: usize = shell.var("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
    // Within a cluster such as `-ab` the place is kept beside OPTIND.
    let inside = shell.getopts_position.filter(|(at, _)| *at == index).map_or(1, |(_, inside)| inside);
    shell.getopts_position = None;
    let word = words.get(index - 1).filter(|word| word.len() > 1 && word.starts_with('-')).cloned();
    let Some(word) = word.filter(|word| word != "--") else {
        if words.get(index - 1).is_some_and(|word| word == "--") {
            shell.set_var("OPTIND", (index + 1).to_string(), false);
        }
        shell.set_var(&name, "?".into(), false);
        return 1;
    };
    let letter = word.chars().nth(inside).unwrap_or('?');
    let rest: String = word.chars().skip(inside + 1).collect();
    let silent = letters.starts_with(':');
    let known = letters.find(letter).filter(|_| letter != ':');
    let takes_value = known.is_some_and(|at| letters[at + letter.len_utf8()..].starts_with(':'));
    let mut found = letter.to_string();
    shell.vars.remove("OPTARG");
    if known.is_none() {
        found = "?".into();
        if silent {
            shell.set_var("OPTARG", letter.to_string(), false);
        } else {
            let text = format!("Illegal option -{letter}\n");
            shell.err(text);
        }
    }
    if takes_value {
        index += 1;
        if !rest.is_empty() {
            shell.set_var("OPTARG", rest, false);
        } else if let Some(value) = words.get(index - 1).cloned() {
            shell.set_var("OPTARG", value, false);
            index += 1;
        } else {
            found = if silent { ":".into() } else { "?".into() };
            if silent {
                shell.set_var("OPTARG", letter.to_string(), false);
            } else {
                shell.err(format!("No arg for -{letter} option\n"));
            }
        }
    } else if rest.is_empty() {
        index += 1;
    } else {
        shell.getopts_position = Some((index, inside + 1));
    }
    shell.set_var("OPTIND", index.to_string(), false);
    shell.set_var(&name, found, false);
    0
}
