//! Where the browser tests find Chrome and chromedriver, and when they are installed.

use crate::run::{Done, command, has, run, step};
use std::path::{Path, PathBuf};

/// A browser and, if there is one, the driver that fits it.
pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) driver: Option<PathBuf>,
}

const CHROMES: [&str; 8] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const DRIVERS: [&str; 4] = [
    "/usr/bin/chromedriver",
    "/usr/lib/chromium/chromedriver",
    "/usr/local/bin/chromedriver",
    "/snap/bin/chromium.chromedriver",
];

fn first(places: &[&str]) -> Option<PathBuf> {
    places.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Finds a browser; on Debian, as root, installs one.
pub(crate) fn browser() -> Done<Browser> {
    let find = || {
        let chosen = std::env::var_os("CHROME").map(PathBuf::from).filter(|path| path.exists());
        let driver = std::env::var_os("CHROMEDRIVER").map(PathBuf::from).filter(|path| path.exists());
        chosen.or_else(|| first(&CHROMES)).map(|chrome| Browser { chrome, driver: driver.or_else(|| first(&DRIVERS)) })
    };
    match find() {
        Some(found) if found.driver.is_some() => return Ok(found),
        Some(found) if !can_install() => return Ok(found),
        _ => {}
    }
    if !can_install() {
        return Err(
            "no Chrome was found. Install one (on Debian: sudo apt-get install chromium chromium-driver), or name it in CHROME=/path/to/chrome"
                .into(),
        );
    }
    step("install Chromium and its driver with apt", || {
        run(command("apt-get").args(["update", "-qq"]))?;
        run(command("apt-get")
            .args(["install", "-y", "-qq", "chromium", "chromium-driver"])
            .env("DEBIAN_FRONTEND", "noninteractive"))
    })?;
    find().ok_or_else(|| {
        "apt installed Chromium, and it is in none of the usual places: name it in CHROME=/path/to/chrome".into()
    })
}

fn can_install() -> bool {
    let root = std::fs::metadata("/proc/self").is_ok_and(|meta| {
        use std::os::unix::fs::MetadataExt;
        meta.uid() == 0
    });
    root && Path::new("/etc/debian_version").exists() && has("apt-get")
}
