//! Where the tools of PHP write: composer, pecl and the programs of the official images.

use super::tool_folders::LanguageManager;

const PHP_CONF_D: &str = "/usr/local/etc/php/conf.d";

pub(super) const MANAGERS: &[LanguageManager] = &[
    LanguageManager {
        names: &["composer"],
        queries: &[
            "--version",
            "-V",
            "show",
            "validate",
            "diagnose",
            "licenses",
            "outdated",
            "audit",
            "check-platform-reqs",
        ],
        writes: &[
            (&["clear-cache", "clearcache", "self-update"], &[]),
            (&["global"], &["COMPOSER/vendor"]),
            (&["config", "init"], &["."]),
            (&["dump-autoload", "dumpautoload"], &["VENDOR"]),
            (&["*"], &["VENDOR", "."]),
        ],
        caches: &["COMPOSER/cache"],
        no_cache_words: &["--no-cache"],
    },
    // The programs of PHP's official images.
    LanguageManager {
        names: &["docker-php-ext-install"],
        queries: &[],
        writes: &[(&["*"], &["/usr/local/lib/php/extensions", "/usr/local/include/php/ext", PHP_CONF_D])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["docker-php-ext-configure", "docker-php-source"],
        queries: &[],
        writes: &[(&["delete"], &[]), (&["*"], &["/usr/src"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["docker-php-ext-enable"],
        queries: &[],
        writes: &[(&["*"], &[PHP_CONF_D])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["pecl", "pear"],
        queries: &["list", "info", "search", "version"],
        writes: &[
            (
                &["config-set", "clear-cache", "update-channels", "channel-update"],
                &["/usr/local/lib/php", "/usr/local/etc"],
            ),
            (&["*"], &["/usr/local/lib/php", "/usr/local/include/php/ext", "/tmp/pear"]),
        ],
        caches: &[],
        no_cache_words: &[],
    },
];
