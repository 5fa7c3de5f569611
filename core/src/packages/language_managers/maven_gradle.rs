//! Where the tools of Java write: Maven, Gradle, javac, jar, jlink, Ant, sbt.

use super::tool_folders::{LanguageManager, WORKING_FOLDER};

const MAVEN_REPOSITORY: &str = "~/.m2";

pub(super) const MANAGERS: &[LanguageManager] = &[
    LanguageManager {
        names: &["mvn", "mvnw"],
        queries: &["--version", "-v", "help:effective-pom", "dependency:tree"],
        writes: &[
            (
                &["dependency:go-offline", "dependency:resolve", "dependency:resolve-plugins", "dependency:get"],
                &[MAVEN_REPOSITORY],
            ),
            (&["*"], &["pom.xml>target"]),
        ],
        caches: &[MAVEN_REPOSITORY],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["gradle", "gradlew"],
        queries: &["--version", "-v", "tasks", "projects", "properties"],
        writes: &[(&["dependencies"], &["./.gradle"]), (&["*"], &["build.gradle*>build", "./.gradle"])],
        caches: &["GRADLE"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["javac"],
        queries: &["-version", "--version", "--help"],
        writes: &[(&["-d"], &["OUT"]), (&["*"], &["BESIDE"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager { names: &["jar"], queries: &[], writes: &[], caches: &[], no_cache_words: &[] },
    LanguageManager {
        names: &["jlink", "jpackage"],
        queries: &["--version", "--help", "--list-plugins"],
        writes: &[(&["*"], &["OUT"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["sbt"],
        queries: &["--version", "sbtVersion"],
        writes: &[(&["*"], &["./target", "./project"])],
        caches: &["~/.sbt", "~/.ivy2", "~/.cache/coursier"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["ant"],
        queries: &["-version"],
        writes: WORKING_FOLDER,
        caches: &["~/.ant"],
        no_cache_words: &[],
    },
];
