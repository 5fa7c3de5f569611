//! Holds the crates that the project depends on against the rules of `.cargo/deny.toml`.

use crate::run::{Done, command, quietly, run, say};
use crate::setup;
use crate::test::Outcome;
use std::path::PathBuf;

/// Licences, duplicates and sources are always checked. Advisories need a copy of RustSec's database; without a
/// network and an earlier copy they are left out, visibly.
///
/// # Errors
/// A rule is broken.
pub(crate) fn check() -> Done<Outcome> {
    if let Err(error) = setup::cargo_deny() {
        return Ok(Outcome::Skipped(format!("cargo-deny cannot be installed: {error}")));
    }
    let deny = |words: &[&str]| {
        let mut deny = command("cargo-deny");
        deny.args(["--workspace", "--locked"]).args(words);
        deny
    };
    run(&mut deny(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))?;
    if let Err(error) = quietly(&mut deny(&["fetch", "db"])) {
        let reason = error.lines().last().unwrap_or("").to_string();
        if !has_database() {
            say(&format!("skipped: the advisory database cannot be fetched: {reason}"));
            return Ok(Outcome::PassedInPart("no advisory database".into()));
        }
        say(&format!("the advisory database cannot be fetched, and an earlier copy is used: {reason}"));
    }
    run(&mut deny(&["check", "--disable-fetch", "advisories"]))?;
    Ok(Outcome::Passed)
}

/// Whether cargo-deny fetched the database before.
fn has_database() -> bool {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home).unwrap_or_default();
    std::fs::read_dir(cargo.join("advisory-dbs"))
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| entry.path().join(".git").exists())))
}
