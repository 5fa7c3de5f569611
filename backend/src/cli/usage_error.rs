//! The error of a command that cannot be carried out.

/// Why a command cannot be carried out, and what to do about it. The exit code is 2.
pub(crate) type UsageError = String;
