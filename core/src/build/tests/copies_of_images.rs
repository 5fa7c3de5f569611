//! What COPY --from takes of an image whose files are not all listed.

use super::*;
use crate::measure::Honesty;

fn image(text: &str) -> crate::measure::Size {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(text, Tree::new(), engine);
    let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert_eq!(built.error, None, "{text}");
    built.image.unwrap().size()
}

#[test]
fn all_of_an_image_is_as_large_as_the_image() {
    let whole = image("FROM nginx:alpine\n").bytes().unwrap();
    let copy = image("FROM scratch\nCOPY --from=nginx:alpine / /\n");
    assert_eq!(copy.honesty(), Honesty::Modelled);
    assert!(copy.bytes().unwrap().abs_diff(whole) < whole / 50, "{copy:?} {whole}");
    let part = image("FROM scratch\nCOPY --from=nginx:alpine /usr/share /usr/share\n");
    assert_eq!(part.honesty(), Honesty::Unknown, "a part of it is not");
    let unknown = image("FROM scratch\nCOPY --from=example.com/nobody/knows / /\n");
    assert_eq!(unknown.honesty(), Honesty::Unknown);
}

#[test]
fn an_image_known_by_rule_may_say_what_it_adds() {
    let uv = image("FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\n");
    let base = image("FROM python:3.12-slim-bookworm\n").bytes().unwrap();
    let (low, high) = uv.range().unwrap();
    assert!(low > base + 20_000_000 && high < base + 60_000_000, "{uv:?} {base}");
    let program = image("FROM debian:12\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv\n");
    assert!(program.range().is_some_and(|(low, high)| low < high), "{program:?}");
}

#[test]
fn the_link_to_alpines_certificates_is_there() {
    let image = image("FROM scratch\nCOPY --from=alpine:3.22 /etc/ssl/cert.pem /ca.pem\n");
    assert!(image.at_least() > 0, "{image:?}");
    for base in ["alpine:3.22", "alpine:3.12"] {
        for path in ["cert.pem", "openssl.cnf"] {
            let built = built(&format!("FROM scratch\nCOPY --from={base} /etc/ssl/{path} /x\n"));
            assert!(built.error.is_none(), "{base} {path}: {:?}", built.error);
        }
    }
}

#[test]
fn certificates_are_copied_with_a_size() {
    for base in ["alpine:3.22", "debian:12-slim"] {
        let install = match base.starts_with("alpine") {
            true => "apk add --no-cache ca-certificates",
            false => "apt-get update && apt-get install -y ca-certificates",
        };
        let certificates = image(&format!(
            "FROM {base} AS certs\nRUN {install}\nFROM {base}\nCOPY --from=certs /etc/ssl/certs /etc/ssl/certs\n"
        ));
        assert_eq!(certificates.honesty(), Honesty::Modelled, "{certificates:?}");
    }
}

/// Only what is known of an image from scratch is in its way: nothing says that it has a folder `/bin`.
#[test]
fn folders_of_an_image_from_scratch_are_not_made_up() {
    let copy = image("FROM debian:12-slim\nCOPY --from=gloursdocker/docker / /\n");
    let (low, high) = copy.range().unwrap();
    assert!(low > 180_000_000 && high < 300_000_000, "{copy:?}");
}
