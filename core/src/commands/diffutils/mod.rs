//! diffutils: `cmp`, `diff`; and `patch`.

pub(crate) mod cmp;
pub(crate) mod diff;
pub(crate) mod myers_diff;
pub(crate) mod patch;
