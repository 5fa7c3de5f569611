//! The names of containers: which are allowed, which are taken, and which one a container gets that is given none.

/// The name of a container that is given none. Docker chooses one at random.
pub(super) fn default_name(number: u64) -> String {
    format!("container_{number}")
}

/// Checks the name of `--name`.
///
/// # Errors
/// The daemon's message for a name that is too short or has other characters than are allowed.
pub(super) fn check(name: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if name.len() < 2 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(valid) {
        return Err(format!("Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"));
    }
    Ok(())
}

/// The daemon's message for a name that the container with an id has.
pub(super) fn conflict(name: &str, id: &str) -> String {
    format!(
        "Conflict. The container name \"/{name}\" is already in use by container \"{id}\". You have to remove (or rename) that container to be able to reuse that name."
    )
}
