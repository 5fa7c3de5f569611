//! What users and folders of a base image mean for a build.

use crate::base_images::Catalogue;
use crate::build::{Cache, NoImages, Request, build};
use crate::engine::EngineProfile;
use crate::fs::Tree;

/// The message of a build that fails; `None` if it comes to its end.
fn error(text: &str) -> Option<String> {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(text, Tree::new(), engine);
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new()).error.map(|error| error.message)
}

#[test]
fn ubuntu_has_a_user_1000_since_24_04() {
    let refused = error("FROM ubuntu:24.04\nRUN groupadd -g 1000 app\n").unwrap();
    assert!(refused.contains("exit code: 4"), "{refused}");
    let refused = error("FROM ubuntu:24.04\nRUN useradd -u 1000 app\n").unwrap();
    assert!(refused.contains("exit code: 4"), "{refused}");
    assert_eq!(error("FROM ubuntu:22.04\nRUN useradd -u 1000 app\n"), None);
    assert_eq!(error("FROM ubuntu:24.04\nRUN userdel -r ubuntu && useradd -u 1000 app\n"), None);
}

#[test]
fn a_user_of_the_family_writes_where_it_may() {
    assert_eq!(error("FROM node:22-slim\nUSER node\nRUN mkdir /home/node/app && touch /home/node/app/x\n"), None);
    assert_eq!(error("FROM php:fpm\nUSER www-data\nRUN touch /var/www/html/index.php\n"), None);
    let refused = error("FROM node:22-slim\nUSER node\nRUN mkdir /usr/local/lib/node_modules/x\n").unwrap();
    assert!(refused.contains("exit code: 1"), "{refused}");
}

#[test]
fn folders_of_the_distribution_are_there() {
    for base in ["debian:12", "ubuntu:22.04", "golang:1.27-trixie"] {
        let run =
            "cp /etc/passwd /usr/local/sbin/ && cp /etc/passwd /usr/local/share/ && touch /var/run/x && test -f /run/x";
        assert_eq!(error(&format!("FROM {base}\nRUN {run}\n")), None, "{base}");
    }
}

/// As `stat` says of roots of Debian 12.15 and 13.8 that debootstrap made.
#[test]
fn a_folder_may_change_from_one_release_to_the_next() {
    let check = |release: &str, mode: &str| {
        error(&format!("FROM debian:{release}\nRUN test \"$(stat -c '%a %U:%G' /var/local)\" = '{mode}'\n"))
    };
    assert_eq!(check("12", "2775 root:staff"), None);
    assert_eq!(check("13", "755 root:root"), None);
}
