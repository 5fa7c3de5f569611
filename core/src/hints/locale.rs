//! LANG and LC_ALL name a locale, and glibc reads it from files.

use super::{Hint, Scene};

pub(super) fn hint(scene: &Scene) -> Option<Hint> {
    let name = ["LC_ALL", "LANG"].iter().find_map(|name| scene.variable(name))?;
    // glibc has these in itself: C.UTF-8 since 2.35, before in files that Debian's images have.
    if name.starts_with("C.") || matches!(name, "C" | "POSIX") {
        return None;
    }
    let of_glibc = scene.needs("libc.so.6");
    let (language, charset) = name.split_once('.').unwrap_or((name, ""));
    let folded: String = charset.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let own = format!("/usr/lib/locale/{language}.{folded}");
    let plain = format!("/usr/lib/locale/{name}");
    let places = ["/usr/lib/locale/locale-archive", own.as_str(), plain.as_str()];
    (of_glibc && scene.lacks(&places, "locales")).then(|| Hint::new("no-locale", &[("locale", name)]))
}
