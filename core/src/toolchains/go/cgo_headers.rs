//! Which headers of a C part are missing: neither the C library's own nor in the image.

use super::imports::Source;
use crate::shell::Shell;

/// The first header of a file that is neither the C library's nor in the image: its name, line and column.
pub(super) fn missing_header(shell: &Shell, source: &Source) -> Option<(String, usize, usize)> {
    const FOLDERS: [&str; 3] = ["/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu"];
    let is_there = |header: &str| {
        let places = FOLDERS.iter().map(|folder| format!("{folder}/{header}"));
        places.into_iter().any(|place| shell.fs.stat("/", &place).is_ok())
    };
    let includes = source.preamble.iter().flat_map(|preamble| &preamble.includes);
    let mut others = includes.filter(|(header, ..)| !is_own_header(header) && !is_there(header));
    others.next().cloned()
}

/// Whether a header is one of the C library, of the kernel or of the compiler (ISO C, POSIX).
fn is_own_header(header: &str) -> bool {
    const FOLDERS: [&str; 6] = ["sys/", "netinet/", "arpa/", "net/", "linux/", "asm/"];
    const NAMES: [&str; 60] = [
        "aio",
        "alloca",
        "assert",
        "complex",
        "ctype",
        "dirent",
        "dlfcn",
        "elf",
        "endian",
        "err",
        "errno",
        "execinfo",
        "fcntl",
        "features",
        "fenv",
        "float",
        "fnmatch",
        "getopt",
        "glob",
        "grp",
        "iconv",
        "ifaddrs",
        "inttypes",
        "langinfo",
        "libgen",
        "limits",
        "link",
        "locale",
        "malloc",
        "math",
        "memory",
        "netdb",
        "poll",
        "pthread",
        "pwd",
        "regex",
        "sched",
        "search",
        "semaphore",
        "setjmp",
        "signal",
        "spawn",
        "stdalign",
        "stdarg",
        "stdatomic",
        "stdbool",
        "stddef",
        "stdint",
        "stdio",
        "stdlib",
        "string",
        "strings",
        "syslog",
        "termios",
        "threads",
        "time",
        "unistd",
        "wchar",
        "wctype",
        "utime",
    ];
    FOLDERS.iter().any(|folder| header.starts_with(folder))
        || header.strip_suffix(".h").is_some_and(|name| NAMES.contains(&name))
}
