//! `dotnet FILE.dll`. A runtime without an SDK ends with `LibHostSdkFindFailure`, 0x80008091, of which the exit code
//! keeps the last byte (dotnet/runtime, `src/native/corehost/fxr/fx_muxer.cpp` and `error_codes.h`); an SDK takes the
//! name for a command that it does not have.

use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

const SDK_FIND_FAILURE: i32 = 0x91;

/// The major versions of the runtime whose message is the one below, as seen in public logs. Later ones add words.
const KNOWN_MESSAGES: std::ops::RangeInclusive<u32> = 6..=8;

/// The position of the program's library.
pub(super) fn library(argv: &[String]) -> Option<usize> {
    let is_library = |word: &&String| word.to_ascii_lowercase().ends_with(".dll") && !word.starts_with('-');
    argv.get(1).filter(is_library).map(|_| 1)
}

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let word = argv.get(library(argv)?)?;
    if !is_missing(shell, word) {
        return None;
    }
    let path = full(shell, word);
    // Variables of the official images tell what is installed.
    if shell.var("DOTNET_SDK_VERSION").is_some() {
        let text = "Could not execute because the specified command or file was not found.\n";
        return Some(MissingFile { path, message: Some(Message::Beginning(text.into())), status: 1 });
    }
    let version = shell.var("DOTNET_VERSION").or_else(|| shell.var("ASPNET_VERSION"))?;
    let major: u32 = version.split('.').next()?.parse().ok()?;
    let text = format!(
        "The command could not be loaded, possibly because:\n  * You intended to execute a .NET application:\n      The \
         application '{word}' does not exist.\n  * You intended to execute a .NET SDK command:\n      No .NET SDKs were \
         found.\n"
    );
    let message = KNOWN_MESSAGES.contains(&major).then_some(Message::Beginning(text));
    Some(MissingFile { path, message, status: SDK_FIND_FAILURE })
}
