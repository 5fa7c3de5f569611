//! findutils: `find` and `xargs`.

pub(crate) mod find;
pub(crate) mod xargs;
