//! What `docker inspect` says of a container.

use super::go_template::Value;
use super::inspect::{bytes, config_value};
use super::ps::written;
use crate::host::containers::{Container, MountSource, PublishedPort, State};
use crate::host::store::Store;
use std::collections::BTreeMap;

/// A container with the fields of `types.ContainerJSON` that are known here, in their order.
pub(super) fn container_value(store: &Store, container: &Container, with_size: bool) -> Value {
    let command = container.command();
    let (path, args) = command.split_first().map_or(("", &[][..]), |(path, args)| (path.as_str(), args));
    let state = container.state;
    let state_value = Value::structure([
        ("Status", Value::text(state.name())),
        ("Running", Value::Bool(state.is_up())),
        ("Paused", Value::Bool(state == State::Paused)),
        ("Restarting", Value::Bool(false)),
        ("OOMKilled", Value::Bool(false)),
        ("Dead", Value::Bool(false)),
        ("ExitCode", Value::Int(i64::from(state.exit_code()))),
        ("Error", Value::text("")),
    ]);
    let mounts = container.mounts.iter().map(|mount| {
        let (kind, name, source) = match &mount.source {
            MountSource::Host(path) => ("bind", None, path.clone()),
            MountSource::Volume(name) => ("volume", Some(name), format!("/var/lib/docker/volumes/{name}/_data")),
        };
        let mut fields = vec![("Type", Value::text(kind))];
        fields.extend(name.map(|name| ("Name", Value::text(name.as_str()))));
        fields.extend([
            ("Source", Value::Text(source)),
            ("Destination", Value::text(mount.target.as_str())),
            ("Mode", Value::text(if mount.read_only { "ro" } else { "" })),
            ("RW", Value::Bool(!mount.read_only)),
        ]);
        Value::structure(fields)
    });
    let binds: Vec<String> = container
        .mounts
        .iter()
        .map(|mount| {
            let source = match &mount.source {
                MountSource::Host(path) => path,
                MountSource::Volume(name) => name,
            };
            format!("{source}:{}{}", mount.target, if mount.read_only { ":ro" } else { "" })
        })
        .collect();
    let major = store.engine.major();
    let network = network(container, major);
    let host_config = Value::structure([
        ("Binds", if binds.is_empty() { Value::NilList } else { Value::texts(&binds) }),
        ("NetworkMode", Value::text(if major < 26 { "default" } else { "bridge" })),
        ("PortBindings", bindings(container)),
        ("RestartPolicy", Value::structure([("Name", Value::text("no")), ("MaximumRetryCount", Value::Int(0))])),
        ("AutoRemove", Value::Bool(container.auto_remove)),
        ("Privileged", Value::Bool(false)),
        ("ReadonlyRootfs", Value::Bool(false)),
    ]);
    let mut fields = vec![
        ("Id", Value::text(container.id.as_str())),
        ("Created", Value::text("1970-01-01T00:00:00Z")),
        ("Path", Value::text(path)),
        ("Args", Value::texts(args)),
        ("State", state_value),
        ("Image", Value::text(container.image.id.as_str())),
        ("Name", Value::text(format!("/{}", container.name))),
        ("RestartCount", Value::Int(0)),
        ("Driver", Value::text("overlay2")),
        ("Platform", Value::text("linux")),
        ("HostConfig", host_config),
    ];
    if with_size {
        let own = written(container);
        fields.push(("SizeRw", bytes(&own)));
        fields.push(("SizeRootFs", bytes(&(own + container.image.size()))));
    }
    let mut config = container.config.clone();
    if !container.args.is_empty() {
        config.cmd = Some(container.args.clone());
    }
    fields.extend([
        ("Mounts", Value::List(mounts.collect())),
        (
            "Config",
            config_value(&config, &container.reference, &container.hostname, container.tty, container.open_stdin),
        ),
        ("NetworkSettings", network),
    ]);
    Value::structure(fields)
}

/// The network settings: the default bridge gives out 172.17.0.2 and on (asked of 20.10.24).
fn network(container: &Container, major: u32) -> Value {
    let is_up = container.state.is_up() && container.address > 0;
    let [high, low] = container.address.to_be_bytes();
    let address = if is_up { format!("172.17.{high}.{low}") } else { String::new() };
    let mac = if is_up { format!("02:42:ac:11:{high:02x}:{low:02x}") } else { String::new() };
    let gateway = if is_up { "172.17.0.1" } else { "" };
    let own = || {
        [
            ("Gateway", Value::text(gateway)),
            ("IPAddress", Value::text(address.as_str())),
            ("IPPrefixLen", Value::Int(if is_up { 16 } else { 0 })),
            ("MacAddress", Value::text(mac.as_str())),
        ]
    };
    let bridge = Value::structure(own());
    let networks = Value::Map(BTreeMap::from([("bridge".to_string(), bridge)]));
    let fields = [("Ports", ports(container, major))].into_iter().chain(own()).chain([("Networks", networks)]);
    Value::structure(fields)
}

fn key(port: &PublishedPort) -> String {
    format!("{}/{}", port.container, port.protocol)
}

fn binding(address: &str, port: &PublishedPort) -> Value {
    Value::structure([("HostIp", Value::text(address)), ("HostPort", Value::text(port.host.to_string()))])
}

/// The ports that the container listens on, with the addresses of the host that lead to them.
fn ports(container: &Container, major: u32) -> Value {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    if container.state.is_up() {
        for exposed in &container.config.exposed_ports {
            all.entry(exposed.clone()).or_default();
        }
        for port in &container.ports {
            let own = port.addresses(major).into_iter().map(|address| binding(address.trim_matches(['[', ']']), port));
            all.entry(key(port)).or_default().extend(own);
        }
    }
    let list = |bindings: Vec<Value>| if bindings.is_empty() { Value::NilList } else { Value::List(bindings) };
    Value::Map(all.into_iter().map(|(port, bindings)| (port, list(bindings))).collect())
}

fn bindings(container: &Container) -> Value {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for port in &container.ports {
        all.entry(key(port)).or_default().push(binding(&port.address, port));
    }
    Value::Map(all.into_iter().map(|(port, bindings)| (port, Value::List(bindings))).collect())
}
