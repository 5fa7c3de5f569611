//! Where `dotnet` writes, and when `dotnet publish` writes the runtime, too.

use super::tool_folders::LanguageManager;

pub(super) const MANAGERS: &[LanguageManager] = &[LanguageManager {
    names: &["dotnet"],
    queries: &["--version", "--info", "--list-sdks", "--list-runtimes", "list"],
    writes: &[
        (&["dev-certs", "nuget", "workload"], &["~/.dotnet"]),
        (&["tool"], &["~/.dotnet/tools", "OUT"]),
        (&["new"], &["."]),
        (&["restore"], &["*.??proj>obj"]),
        (&["*"], &["*.??proj>obj", "*.??proj>bin", "OUT"]),
    ],
    caches: &["NUGET"],
    no_cache_words: &[],
}];

/// Whether `dotnet publish` writes the runtime, too, or may: for a runtime identifier, which before .NET 8 means so.
pub(super) fn has_runtime(words: &[String]) -> bool {
    const WITH_RUNTIME: [&str; 4] =
        ["SelfContained=true", "PublishSingleFile=true", "PublishTrimmed=true", "PublishAot=true"];
    let is_property = |word: &String| WITH_RUNTIME.iter().any(|property| word.contains(property));
    let option = |names: &[&str]| words.iter().position(|word| names.contains(&word.as_str()));
    let contained = option(&["--self-contained", "--sc"]);
    let is_declined = contained.is_some_and(|at| words.get(at + 1).is_some_and(|value| value == "false"))
        || words.iter().any(|word| word == "--no-self-contained" || word == "--self-contained=false");
    words.iter().any(is_property) || !is_declined && (contained.is_some() || option(&["-r", "--runtime"]).is_some())
}
