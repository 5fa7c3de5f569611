//! The user that a program of an image is started as.

use super::policy::Policy;
use stageplay_core::exec::Credentials;
use stageplay_core::image::Image;

/// The user and group id in place of root. Images do not use this id.
const UNPRIVILEGED_ID: u32 = 65_532;

/// The user and group ids that a program is started with. They are numbers, so that no name in the image's user
/// database can stand for root. `None` leaves the user to the engine.
///
/// # Errors
/// The image has no such user or group: the message of the engine.
pub(super) fn user_and_group(image: &Image, policy: &Policy) -> Result<Option<String>, String> {
    if policy.image_user {
        return Ok(None);
    }
    let user = image.config.user.as_str();
    let name = user.split(':').next().unwrap_or("");
    match Credentials::of(&image.tree, user) {
        Ok(credentials) => Ok(Some(numbers(&credentials))),
        Err(unknown) if Credentials::of(&image.tree, name).is_ok() => {
            Err(format!("unable to find group {unknown}: no matching entries in group file"))
        }
        Err(unknown) => Err(format!("unable to find user {unknown}: no matching entries in passwd file")),
    }
}

/// The user and group ids as `UID:GID`. Root is replaced.
fn numbers(credentials: &Credentials) -> String {
    let replace_root = |id: u32| if id == 0 { UNPRIVILEGED_ID } else { id };
    format!("{}:{}", replace_root(credentials.uid), replace_root(credentials.gid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_replaced_and_others_are_kept() {
        for (uid, gid, expected) in
            [(0, 0, "65532:65532"), (1_000, 0, "1000:65532"), (0, 20, "65532:20"), (7, 8, "7:8")]
        {
            assert_eq!(numbers(&Credentials::new(uid, gid)), expected);
        }
    }
}
