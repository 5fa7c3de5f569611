//! `.cargo/config.toml`: `build.target` and the flags of rustc.

use crate::fs::path;
use crate::shell::Shell;
use serde::Deserialize;

/// `build.target` and `build.target-dir` of .cargo/config.toml, in a folder or above it.
pub(crate) fn config(shell: &Shell, folder: &str) -> (Option<String>, Option<String>) {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Build {
        target: Option<String>,
        target_dir: Option<String>,
    }
    #[derive(Deserialize)]
    struct Config {
        #[serde(default)]
        build: Build,
    }
    let mut folder = folder;
    loop {
        for name in [".cargo/config.toml", ".cargo/config"] {
            let Ok(Some(bytes)) = shell.read(&path::join(folder, name)) else { continue };
            if let Ok(config) = toml::from_str::<Config>(&String::from_utf8_lossy(&bytes)) {
                let place = config.build.target_dir.map(|place| path::join(folder, &place));
                return (config.build.target, place);
            }
        }
        if folder == "/" {
            return (None, None);
        }
        folder = path::parent(folder);
    }
}
