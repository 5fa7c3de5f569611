//! SecretsUsedInArgOrEnv: ARG and ENV instructions whose names look like a secret's.

use super::dispatch::Work;
use super::rules;
use crate::text::go_quote;

impl Work<'_, '_, '_> {
    /// Warns if a variable's name looks like a secret's.
    pub(super) fn secret_name(&mut self, instruction: &str, name: &str) {
        if is_secret(name) {
            let message =
                format!("Do not use ARG or ENV instructions for sensitive data ({instruction} {})", go_quote(name));
            self.warn(&rules::SECRETS_USED_IN_ARG_OR_ENV, message);
        }
    }
}

/// Whether a name looks like a secret's: by its first, last or any word between underscores.
pub fn is_secret(name: &str) -> bool {
    const SECRET: [&str; 10] =
        ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
    const HARMLESS: [&str; 3] = ["public", "file", "version"];
    let has = |words: &[&str]| name.split('_').any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)));
    has(&SECRET) && !has(&HARMLESS)
}
