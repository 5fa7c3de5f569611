//! diffutils: `cmp`, `diff`; and `patch`.

pub(crate) mod cmp;
pub(crate) mod diff;
pub(crate) mod lines;
pub(crate) mod patch;
