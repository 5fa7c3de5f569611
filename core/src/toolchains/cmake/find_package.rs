//! `find_package(…)` of a CMakeLists.txt.

use super::project::{ConfigureError, Project};
use crate::shell::Shell;
use crate::toolchains::c::library_search::{self, Library};

/// Packages that `find_package` knows by their libraries: the imported targets and what the linker is asked for.
pub(super) const PACKAGES: [(&str, &[(&str, &str)]); 7] = [
    ("Threads", &[]),
    ("OpenSSL", &[("OpenSSL::SSL", "ssl"), ("OpenSSL::Crypto", "crypto")]),
    ("ZLIB", &[("ZLIB::ZLIB", "z")]),
    ("CURL", &[("CURL::libcurl", "curl")]),
    ("SQLite3", &[("SQLite::SQLite3", "sqlite3")]),
    ("PostgreSQL", &[("PostgreSQL::PostgreSQL", "pq")]),
    ("LibXml2", &[("LibXml2::LibXml2", "xml2")]),
];

impl Project {
    /// `find_package`, for packages that are known by their libraries.
    pub(super) fn find_package(
        &mut self,
        shell: &mut Shell,
        name: &str,
        words: &[String],
        line: usize,
    ) -> Result<(), ConfigureError> {
        let Some((_, libraries)) = PACKAGES.iter().find(|(known, _)| *known == name) else {
            self.gaps.insert(format!("find_package({name})"));
            return Ok(());
        };
        let missing =
            libraries.iter().any(|(_, library)| library_search::library(shell, library, &[]) == Library::Missing);
        if missing && words.iter().any(|word| word == "REQUIRED") {
            return Err(format!(
                "CMake Error at CMakeLists.txt:{line} (find_package):\n  Could NOT find {name}: its development files are not installed.\n"
            ));
        }
        self.variables.insert(format!("{name}_FOUND"), if missing { "FALSE" } else { "TRUE" }.into());
        let all: Vec<&str> = libraries.iter().map(|(_, library)| *library).collect();
        self.variables.insert(format!("{}_LIBRARIES", name.to_uppercase()), all.join(";"));
        Ok(())
    }
}
