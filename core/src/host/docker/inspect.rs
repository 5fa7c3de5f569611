//! `docker inspect`, `docker image inspect` and `docker container inspect`.

use super::go_template::{Purpose, Template, Value};
use super::inspect_container::container_value;
use super::{Call, Docker, note};
use crate::host::store::Store;
use crate::image::{Config, Image, Reference};
use crate::shell::Shell;
use std::collections::BTreeMap;

impl Docker {
    /// `kind` is `image`, `container` or nothing for both.
    pub(super) fn inspect(&mut self, shell: &mut Shell, call: &Call<'_>, kind: &str) -> i32 {
        let words = &call.words;
        let kind = words.last("type").unwrap_or(kind);
        if !matches!(kind, "" | "image" | "container") {
            if ["network", "volume", "node", "service", "secret", "config", "plugin", "task"].contains(&kind) {
                note(shell, "docker-option-ignored", format!("docker inspect --type {kind}"));
                return 1;
            }
            shell.err(match self.lock().engine.major() {
                0..28 => format!("\"{kind}\" is not a valid value for --type\n"),
                _ => format!("unknown type: \"{kind}\": must be one of \"config\", \"container\", \"image\", \"network\", \"node\", \"plugin\", \"secret\", \"service\", \"task\", \"volume\"\n"),
            });
            return 1;
        }
        let format = words.last("format").filter(|format| !format.is_empty());
        let store = self.lock();
        let major = store.engine.major();
        let format = format.map(|format| if format == "json" && major >= 23 { "{{json .}}" } else { format });
        let template = match format.map(Template::parse).transpose() {
            Ok(template) => template,
            Err(error) => {
                shell.err(format!("template parsing error: {error}\n"));
                return 64;
            }
        };
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in &words.operands {
            // A container goes before an image of the same name (docker/cli, `system/inspect.go`).
            let container = store.container(name).filter(|_| kind != "image");
            if let Some(container) = container.and_then(|number| store.containers.get(&number)) {
                found.push(container_value(&store, container, words.has("size")));
            } else if let Some((_, image)) = store.local(name).filter(|_| kind != "container") {
                found.push(image_value(&store, &image));
            } else {
                missing.push(name);
            }
        }
        let mut status = 0;
        match template {
            None => {
                let text = if found.is_empty() { "[]".into() } else { Value::List(found).json_indented() };
                shell.out(text + "\n");
            }
            Some(template) => {
                let mut text = String::new();
                for value in &found {
                    match template.execute(value, Purpose::default()) {
                        Ok(line) => text.push_str(&format!("{line}\n")),
                        Err(error) if missing_field(&error).is_some_and(is_of_docker) => {
                            // Docker has the field: that it is not known here is nothing that the client would say.
                            let field = missing_field(&error).unwrap_or_default();
                            note(shell, "inspect-field-not-known", field);
                            return 1;
                        }
                        Err(error) => {
                            shell.out(text + "\n");
                            shell.err(format!("template parsing error: {error}\n"));
                            return 1;
                        }
                    }
                }
                // Without anything found there is an empty line.
                shell.out(if found.is_empty() { "\n".into() } else { text });
            }
        }
        for name in missing {
            shell.err(match (kind, major) {
                ("image", 0..23) => format!("Error: No such image: {name}\n"),
                ("container", 0..23) => format!("Error: No such container: {name}\n"),
                ("image", _) => {
                    format!("Error response from daemon: No such image: {}\n", super::run_create::with_tag(name))
                }
                ("container", _) => format!("Error response from daemon: No such container: {name}\n"),
                _ => format!("Error: No such object: {name}\n"),
            });
            status = 1;
        }
        status
    }
}

/// The field that a template asked for in vain.
pub(super) fn missing_field(error: &str) -> Option<&str> {
    error.split_once("map has no entry for key \"")?.1.strip_suffix('"')
}

/// Whether `docker inspect` of a container or an image shows a field of this name (asked of 20.10.24).
fn is_of_docker(field: &str) -> bool {
    const FIELDS: &str = " Aliases AppArmorProfile Bridge Cgroup CapAdd CapDrop CgroupParent CgroupnsMode ConsoleSize \
        Container ContainerConfig ContainerIDFile CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod \
        CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems BlkioWeight BlkioWeightDevice BlkioDeviceReadBps \
        BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps Data DeviceCgroupRules DeviceRequests Devices Dns \
        DnsOptions DnsSearch DriverOpts EndpointID ExecIDs ExposedPorts ExtraHosts FinishedAt GlobalIPv6Address \
        GlobalIPv6PrefixLen GraphDriver GroupAdd HairpinMode Health Healthcheck HostnamePath HostsPath IPAMConfig IPv6Gateway \
        IpcMode Isolation KernelMemory KernelMemoryTCP LastTagTime LinkLocalIPv6Address LinkLocalIPv6PrefixLen Links \
        LogConfig LogPath LowerDir MaskedPaths Memory MemoryReservation MemorySwap MemorySwappiness MergedDir Metadata \
        MountLabel NanoCpus NetworkID OomKillDisable OomScoreAdj Pid PidMode PidsLimit ProcessLabel Propagation \
        PublishAllPorts ReadonlyPaths ResolvConfPath Runtime SandboxID SandboxKey SecondaryIPAddresses \
        SecondaryIPv6Addresses SecurityOpt Shell ShmSize SizeRootFs SizeRw StartedAt StopSignal StopTimeout Sysctls Tmpfs \
        UTSMode Ulimits UpperDir UsernsMode VolumeDriver VolumesFrom WorkDir ";
    FIELDS.contains(&format!(" {field} "))
}

/// A configuration with the fields of `container.Config`, in their order.
pub(super) fn config_value(config: &Config, image: &str, hostname: &str, tty: bool, open_stdin: bool) -> Value {
    let names = |all: &std::collections::BTreeSet<String>| {
        let empty = || Value::Struct(Vec::new());
        match all.is_empty() {
            true => Value::NilMap,
            false => Value::Map(all.iter().map(|name| (name.clone(), empty())).collect()),
        }
    };
    let list = |all: &Option<Vec<String>>| all.as_ref().map_or(Value::NilList, Value::texts);
    let labels: BTreeMap<String, Value> =
        config.labels.iter().map(|(key, value)| (key.clone(), Value::text(value.as_str()))).collect();
    let mut fields = vec![
        ("Hostname", Value::text(hostname)),
        ("Domainname", Value::text("")),
        ("User", Value::text(config.user.as_str())),
        ("AttachStdin", Value::Bool(false)),
        ("AttachStdout", Value::Bool(false)),
        ("AttachStderr", Value::Bool(false)),
    ];
    if !config.exposed_ports.is_empty() {
        fields.push(("ExposedPorts", names(&config.exposed_ports)));
    }
    fields.extend([
        ("Tty", Value::Bool(tty)),
        ("OpenStdin", Value::Bool(open_stdin)),
        ("StdinOnce", Value::Bool(false)),
        ("Env", Value::texts(&config.env)),
        ("Cmd", list(&config.cmd)),
    ]);
    if let Some(check) = &config.healthcheck {
        let mut parts = vec![("Test".to_string(), Value::texts(&check.test))];
        for (key, number) in &check.settings {
            parts.push((key.clone(), Value::Int(i64::try_from(*number).unwrap_or(i64::MAX))));
        }
        fields.push(("Healthcheck", Value::Struct(parts)));
    }
    fields.extend([
        ("Image", Value::text(image)),
        ("Volumes", names(&config.volumes)),
        ("WorkingDir", Value::text(config.working_dir.as_str())),
        ("Entrypoint", list(&config.entrypoint)),
        ("OnBuild", if config.on_build.is_empty() { Value::NilList } else { Value::texts(&config.on_build) }),
        ("Labels", if labels.is_empty() { Value::NilMap } else { Value::Map(labels) }),
    ]);
    if let Some(signal) = &config.stop_signal {
        fields.push(("StopSignal", Value::text(signal.as_str())));
    }
    if let Some(shell) = &config.shell {
        fields.push(("Shell", Value::texts(shell)));
    }
    Value::structure(fields)
}

/// A size in bytes; the least one where it is not known exactly.
pub(super) fn bytes(size: &crate::measure::Size) -> Value {
    let bytes = size.bytes().unwrap_or_else(|| size.at_least());
    Value::Int(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn image_value(store: &Store, image: &Image) -> Value {
    let tags: Vec<String> =
        store.tags_of(image).into_iter().filter(|tag| tag.repository != "<none>").map(Reference::to_string).collect();
    let layers: Vec<String> = image.layers.iter().map(|layer| layer.diff_id.clone()).collect();
    let size = bytes(&image.size());
    let mut fields = vec![
        ("Id", Value::text(image.id.as_str())),
        ("RepoTags", Value::texts(&tags)),
        ("RepoDigests", Value::List(Vec::new())),
        ("Parent", Value::text("")),
        ("Comment", Value::text(image.history.last().and_then(|entry| entry.comment.as_deref()).unwrap_or(""))),
        // The simulator has no clock.
        ("Created", Value::text("1970-01-01T00:00:00Z")),
        ("DockerVersion", Value::text(store.engine.version.as_str())),
        ("Author", Value::text(image.config.author.as_str())),
        ("Config", config_value(&image.config, "", "", false, false)),
        ("Architecture", Value::text("amd64")),
        ("Os", Value::text("linux")),
        ("Size", size.clone()),
    ];
    // Removed with API 1.44 (25.0).
    if store.engine.major() < 25 {
        fields.push(("VirtualSize", size));
    }
    fields.push(("RootFS", Value::structure([("Type", Value::text("layers")), ("Layers", Value::texts(&layers))])));
    Value::structure(fields)
}
