//! SP008, LibcMismatch: a program on another C library than the one that it was built for.

use super::check_context::CheckContext;
use crate::build::Step;
use crate::exec::Cause;

/// Whether a program lacks a loader, library, symbol or version, and was copied from another stage or image.
pub(super) fn is_libc_mismatch(check: &CheckContext, cause: &Cause, copied_by: Option<&Step>) -> bool {
    let of_libc = matches!(
        cause,
        Cause::InterpreterMissing { .. }
            | Cause::LibraryMissing { .. }
            | Cause::LibraryUnusable { .. }
            | Cause::SymbolMissing { .. }
            | Cause::VersionMissing { .. }
    );
    let from_elsewhere =
        copied_by.and_then(|step| check.instruction(step)).is_some_and(|one| one.flag("from").is_some());
    of_libc && from_elsewhere
}
