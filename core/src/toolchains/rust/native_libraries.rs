//! Shared libraries that crates link to, such as OpenSSL.

use super::cargo_request::CargoError;
use super::measured_sizes::facts;
use super::target_triple::Target;
use crate::shell::Shell;
use crate::toolchains::c::library_search;
use crate::toolchains::c::library_search::Library;
use std::collections::BTreeSet;

/// The sonames of the shared libraries that crates link to; `None` if they are not known.
///
/// # Errors
/// One that must be there is not.
pub(crate) fn needed_libraries<'a>(
    shell: &mut Shell,
    target: &Target,
    crates: impl Iterator<Item = &'a String>,
) -> Result<Option<Vec<String>>, CargoError> {
    /// Crates that mean another, where there is no lock file to tell.
    const MEAN: [(&str, &str); 3] =
        [("openssl", "openssl-sys"), ("native-tls", "openssl-sys"), ("mysql", "mysqlclient-sys")];
    let Some(facts) = facts().filter(|_| !target.fixed) else { return Ok(Some(Vec::new())) };
    let crates: BTreeSet<&str> = crates.map(String::as_str).collect();
    // A crate that brings its library's own sources links no shared one.
    let own_sources = crates.contains("openssl-src");
    let meant = MEAN.iter().filter(|(name, _)| crates.contains(name)).map(|(_, meant)| *meant);
    let crates: BTreeSet<&str> = crates.iter().copied().chain(meant).collect();
    let (mut needed, mut known) = (Vec::new(), true);
    for (name, libraries) in
        facts.links.must.iter().chain(&facts.links.may).filter(|(name, _)| crates.contains(name.as_str()))
    {
        if own_sources && name == "openssl-sys" {
            continue;
        }
        for library in libraries {
            match library_search::library(shell, library, &[]) {
                Library::Shared(soname) => needed.push(soname),
                Library::Archive => {}
                Library::Hidden => {
                    shell.gap("unlisted-file", format!("lib{library}.so"));
                    known = false;
                }
                Library::Missing if facts.links.must.contains_key(name) => {
                    return Err((
                        format!(
                            "error: failed to run custom build command for `{name}`\n\nCaused by:\n  process didn't exit successfully: it found no lib{library}.so: the library's development files are not installed\n"
                        ),
                        101,
                    ));
                }
                Library::Missing => {}
            }
        }
    }
    needed.dedup();
    Ok(known.then_some(needed))
}
