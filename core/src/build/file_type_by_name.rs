//! Whether a path that is not at hand names a file or a directory, judged by its name alone.

use crate::fs::path;

/// The type of a file that is not at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// One of the two.
    Unknown,
}

/// File name extensions of source code, configuration, documents, archives and programs. No tool gives one of them to a
/// directory. Extensions that directories have, too, such as `d`, `app` and `config`, are left out.
const EXTENSIONS: &str = " 7z aar am asc asm awk babelrc bash bat bazel br bz2 bzl c cabal cc cert cfg cjs clj cmake cmd cnf \
    conf cpp cr crt cs csproj csr css csv cts cxx dart db dbproj deb der dll dockerfile editorconfig edn ejs el elm env erb \
    erl ex exe exs f90 fish flake8 fs fsproj gemspec gif go gpg gql gradle graphql groovy gz h haml hbs hcl hh hpp hs html \
    ico in ini ipynb j2 jar java jinja jinja2 jks jpeg jpg jpl js json json5 jsonc jsonnet jsx key keystore ko kt kts less \
    lhs list lock lua m4 md mdx mjs mk ml mli mod mts mustache nim nix npmrc nuspec nvmrc opam otf p12 pdf pem pfx php pl \
    plist pm png po pp properties props proto ps1 psm1 pub pug pxd py pyi pyx r rake rb repo rmd rockspec rpm rs rst rules \
    ru sample sass sbt scala scss sed service sh shproj sln slnf slnx so socket sql sqlite sqlproj sum sv svelte svg swift \
    t tar targets tbz2 tcl template tf tfvars tgz timer tmpl toml tpl ts tsv tsx ttf txt txz tzst vb vbproj vcl vcxproj \
    vim vue war wasm webp whl woff woff2 work wsgi xml xsd xsl xz yaml yarnrc yml zig zip zsh zst ";

/// Names of files that many tools read and that have no extension of the list above.
const NAMES: &str = " .babelrc .bazelrc .browserslistrc .condarc .curlrc .dockerignore .editorconfig .env .eslintignore \
    .eslintrc .flake8 .gitattributes .gitignore .gitmodules .htaccess .netrc .node-version .npmignore .npmrc .nvmrc \
    .prettierignore .prettierrc .python-version .ruby-version .rvmrc .tool-versions .yarnrc aptfile berksfile brewfile \
    build.boot cartfile changelog containerfile copying dockerfile gemfile gnumakefile gradlew guardfile jenkinsfile \
    justfile license makefile mvnw notice pipfile podfile procfile puppetfile rakefile readme vagrantfile ";

/// The type of what a path names. A trailing slash, `.` and `..` say that it is a directory.
pub(super) fn file_type_by_name(written: &str) -> FileType {
    let name = path::file_name(written).to_ascii_lowercase();
    if written.ends_with('/') || matches!(name.as_str(), "" | "." | "..") {
        return FileType::Directory;
    }
    let is_listed = |list: &str, word: &str| !word.contains(' ') && list.contains(&format!(" {word} "));
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension);
    match is_listed(NAMES, &name) || extension.is_some_and(|extension| is_listed(EXTENSIONS, extension)) {
        true => FileType::Regular,
        false if name.starts_with(".env.") => FileType::Regular,
        false => FileType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_a_file_only_where_no_directory_has_such_names() {
        for file in ["package.json", "a/requirements.txt", "go.sum", "Gemfile", "Makefile", ".env.local", "App.csproj"]
        {
            assert_eq!(file_type_by_name(file), FileType::Regular, "{file}");
        }
        for directory in ["src/", ".", "./", "a/.."] {
            assert_eq!(file_type_by_name(directory), FileType::Directory, "{directory}");
        }
        for either in ["app", "conf.d", "Web.Api", ".mvn", ".config", "bin/server", "json", "My App.a b"] {
            assert_eq!(file_type_by_name(either), FileType::Unknown, "{either}");
        }
    }
}
