//! Other names of official images: mirrors of Docker Hub, and repositories for one processor.

/// Registries and folders that mirror the official images of Docker Hub.
const MIRRORS: [&str; 7] = [
    "mirror.gcr.io/library/",
    "public.ecr.aws/docker/library/",
    "registry.hub.docker.com/library/",
    "registry-1.docker.io/library/",
    "registry.docker.io/library/",
    "registry.docker.com/library/",
    "ubuntu.azurecr.io/",
];

/// The repositories of Docker Hub that hold the official images for one processor (docker-library/official-images,
/// "Architectures other than amd64"); `aarch64` and `armhf` until 2017.
const PROCESSORS: [&str; 12] = [
    "aarch64", "amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "armhf", "i386", "mips64le", "ppc64le", "riscv64",
    "s390x",
];

/// The official image that a repository in familiar form holds, and the processor if it is another than amd64.
pub(super) fn official(repository: &str) -> (String, Option<&'static str>) {
    if let Some(name) = MIRRORS.iter().find_map(|mirror| repository.strip_prefix(mirror)) {
        return (name.to_string(), None);
    }
    if let Some((first, name)) = repository.split_once('/')
        && let Some(processor) = PROCESSORS.iter().find(|processor| **processor == first)
        && super::official::Families::is_known(name)
    {
        return (name.to_string(), Some(*processor).filter(|processor| *processor != "amd64"));
    }
    (repository.to_string(), None)
}
