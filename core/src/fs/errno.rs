//! Kernel errors (errno) and their messages.

use std::fmt;

/// A kernel error, by its C name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "errno names are documented by POSIX")]
pub enum Errno {
    Enoent,
    Eacces,
    Enotdir,
    Eisdir,
    Eexist,
    Enotempty,
    Eloop,
    Enoexec,
    Enametoolong,
    Einval,
    Eperm,
    Eio,
    Elibbad,
    Enodev,
    Ebusy,
    Erofs,
}

impl Errno {
    /// The text of `strerror` in the C locale.
    pub fn message(self) -> &'static str {
        match self {
            Errno::Enoent => "No such file or directory",
            Errno::Eacces => "Permission denied",
            Errno::Enotdir => "Not a directory",
            Errno::Eisdir => "Is a directory",
            Errno::Eexist => "File exists",
            Errno::Enotempty => "Directory not empty",
            Errno::Eloop => "Too many levels of symbolic links",
            Errno::Enoexec => "Exec format error",
            Errno::Enametoolong => "File name too long",
            Errno::Einval => "Invalid argument",
            Errno::Eperm => "Operation not permitted",
            Errno::Eio => "Input/output error",
            Errno::Elibbad => "Accessing a corrupted shared library",
            Errno::Enodev => "No such device",
            Errno::Ebusy => "Device or resource busy",
            Errno::Erofs => "Read-only file system",
        }
    }

    /// The constant's name, such as `ENOENT`.
    pub fn name(self) -> &'static str {
        match self {
            Errno::Enoent => "ENOENT",
            Errno::Eacces => "EACCES",
            Errno::Enotdir => "ENOTDIR",
            Errno::Eisdir => "EISDIR",
            Errno::Eexist => "EEXIST",
            Errno::Enotempty => "ENOTEMPTY",
            Errno::Eloop => "ELOOP",
            Errno::Enoexec => "ENOEXEC",
            Errno::Enametoolong => "ENAMETOOLONG",
            Errno::Einval => "EINVAL",
            Errno::Eperm => "EPERM",
            Errno::Eio => "EIO",
            Errno::Elibbad => "ELIBBAD",
            Errno::Enodev => "ENODEV",
            Errno::Ebusy => "EBUSY",
            Errno::Erofs => "EROFS",
        }
    }
}

/// The error of an operation on a tree that a kernel would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsError {
    /// The error number.
    pub errno: Errno,
    /// The path of the operation.
    pub path: String,
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.errno.message())
    }
}

impl std::error::Error for FsError {}
