//! The locale that LANG or LC_ALL names, which glibc reads from files.

use super::{Hint, StartedImage};

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    let name = ["LC_ALL", "LANG"].iter().find_map(|name| start.variable(name))?;
    // glibc has these built in: C.UTF-8 since 2.35; Debian's older images have files for it.
    if name.starts_with("C.") || matches!(name, "C" | "POSIX") {
        return None;
    }
    let of_glibc = start.needs_library("libc.so.6");
    let (language, charset) = name.split_once('.').unwrap_or((name, ""));
    let folded: String = charset.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let own = format!("/usr/lib/locale/{language}.{folded}");
    let plain = format!("/usr/lib/locale/{name}");
    let places = ["/usr/lib/locale/locale-archive", own.as_str(), plain.as_str()];
    (of_glibc && start.lacks_files(&places, "locales")).then(|| Hint::new("no-locale", &[("locale", name)]))
}
