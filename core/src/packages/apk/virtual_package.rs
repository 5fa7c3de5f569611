//! Virtual packages: `apk add --virtual NAME PACKAGE…` groups packages under one name.

use crate::shell::getopt::value;

/// Takes the name of the virtual package from the operands of `apk add`; `None` without `--virtual`.
pub(crate) fn take_virtual_name(
    argv: &[String],
    flags: &[(String, Option<String>)],
    operands: &mut Vec<String>,
) -> Option<String> {
    // `--virtual NAME` without an equals sign takes the next word.
    let separate = argv.iter().position(|word| word == "--virtual").and_then(|at| argv.get(at + 1)).cloned();
    if let Some(name) = &separate {
        let at = operands.iter().position(|word| word == name);
        at.map(|at| operands.remove(at));
    }
    separate.or_else(|| value(flags, &["t", "virtual"]).map(str::to_string))
}
