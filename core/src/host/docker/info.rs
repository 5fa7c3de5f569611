//! `docker info`.

use super::go_template::Value;
use super::version::one;
use super::{Call, Docker, note};
use crate::host::store::Store;
use crate::shell::Shell;

impl Docker {
    pub(super) fn info(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let store = self.lock();
        let facts = Facts::of(&store);
        let version = store.engine.version.as_str();
        if let Some(format) = call.words.last("format").filter(|format| !format.is_empty()) {
            let value = Value::structure([
                ("Containers", count(facts.containers)),
                ("ContainersRunning", count(facts.running)),
                ("ContainersPaused", count(facts.paused)),
                ("ContainersStopped", count(facts.containers.saturating_sub(facts.running + facts.paused))),
                ("Images", count(facts.images)),
                ("Driver", Value::text("overlay2")),
                ("OperatingSystem", Value::text("Ubuntu 16.04.7 LTS")),
                ("OSType", Value::text("linux")),
                ("Architecture", Value::text("x86_64")),
                ("Name", Value::text("localhost")),
                ("ServerVersion", Value::text(version)),
                ("DockerRootDir", Value::text("/var/lib/docker")),
            ]);
            return one(shell, format, &value, store.engine.major(), "");
        }
        let stopped = facts.containers.saturating_sub(facts.running + facts.paused);
        shell.out(format!(
            "Client:\n Version:    {version}\n Context:    default\n Debug Mode: false\n\nServer:\n Containers: {}\n  Running: {}\n  Paused: {}\n  Stopped: {stopped}\n Images: {}\n Server Version: {version}\n Storage Driver: overlay2\n OSType: linux\n Architecture: x86_64\n Docker Root Dir: /var/lib/docker\n",
            facts.containers, facts.running, facts.paused, facts.images
        ));
        note(shell, "info-is-short", "");
        0
    }
}

struct Facts {
    containers: usize,
    running: usize,
    paused: usize,
    images: usize,
}

impl Facts {
    fn of(store: &Store) -> Facts {
        use crate::host::containers::State;
        let in_state = |state: State| store.containers.values().filter(|one| one.state == state).count();
        let images: std::collections::BTreeSet<&str> = store.tags.iter().map(|(_, image)| image.id.as_str()).collect();
        Facts {
            containers: store.containers.len(),
            running: in_state(State::Running),
            paused: in_state(State::Paused),
            images: images.len(),
        }
    }
}

fn count(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
