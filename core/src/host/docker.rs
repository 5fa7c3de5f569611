//! The `docker` command of a simulated host.

use super::store::{Container, Snapshot, Store};
use super::subtree;
use super::table::table;
use crate::build::{self, Request};
use crate::fs::{self, CopyOptions, Rename, Tree, path};
use crate::image::{Image, Reference, short_id};
use crate::shell::{Gap, Shell};
use crate::start;
use std::sync::{Arc, Mutex, MutexGuard};

/// The client; the engine's state is in the store.
pub(super) struct Docker {
    pub(super) store: Arc<Mutex<Store>>,
}

/// Words of a command line: flags with their values, and the rest.
struct Words {
    flags: Vec<(String, String)>,
    rest: Vec<String>,
}

impl Words {
    /// Splits words. `booleans` take no value; options end at the first operand if `stop`.
    fn parse(argv: &[String], booleans: &[&str], known: &[&str], stop: bool) -> Result<Words, String> {
        let mut words = Words { flags: Vec::new(), rest: Vec::new() };
        let mut all = argv.iter();
        while let Some(word) = all.next() {
            let Some(flag) = word.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                words.rest.push(word.clone());
                if stop {
                    words.rest.extend(all.by_ref().cloned());
                }
                continue;
            };
            let long = flag.strip_prefix('-');
            let names: Vec<String> = match long {
                Some(name) => vec![name.to_string()],
                // `-it`: letters without values may stand together.
                None if flag.chars().all(|c| booleans.contains(&c.to_string().as_str())) => {
                    flag.chars().map(|c| c.to_string()).collect()
                }
                None => vec![flag.to_string()],
            };
            for name in names {
                let (name, mut value) = match name.split_once('=') {
                    Some((name, value)) => (name.to_string(), Some(value.to_string())),
                    None => (name, None),
                };
                if booleans.contains(&name.as_str()) {
                    words.flags.push((name, value.unwrap_or_default()));
                } else if known.contains(&name.as_str()) {
                    if value.is_none() {
                        value = all.next().cloned();
                    }
                    let Some(value) = value else {
                        return Err(format!("flag needs an argument: --{name}"));
                    };
                    words.flags.push((name, value));
                } else if long.is_some() {
                    return Err(format!("unknown flag: --{name}"));
                } else {
                    return Err(format!("unknown shorthand flag: '{}' in -{name}", name.chars().next().unwrap_or(' ')));
                }
            }
        }
        Ok(words)
    }

    fn has(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.flags.iter().filter(move |(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    fn last<'a>(&'a self, names: &'a [&str]) -> Option<&'a str> {
        self.all(names).last()
    }
}

/// Prints Docker's usage error.
fn usage(shell: &mut Shell, command: &str, error: &str) -> i32 {
    shell.err(format!("{error}\nSee 'docker {command} --help'.\n"));
    125
}

fn daemon(shell: &mut Shell, error: &str) -> i32 {
    shell.err(format!("Error response from daemon: {error}\n"));
    1
}

impl Docker {
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn run(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let (command, rest) = match argv.get(1..).unwrap_or(&[]).split_first() {
            Some((group, rest)) if matches!(group.as_str(), "image" | "container" | "builder") && !rest.is_empty() => {
                let (command, rest) = rest.split_first().map_or(("", rest), |(c, r)| (c.as_str(), r));
                let command = match (group.as_str(), command) {
                    ("image", "ls") => "images",
                    ("image", "rm") => "rmi",
                    ("container", "ls") => "ps",
                    (_, command) => command,
                };
                (command, rest)
            }
            Some((command, rest)) => (command.as_str(), rest),
            None => ("help", argv.get(1..).unwrap_or(&[])),
        };
        match command {
            "build" => self.build(shell, rest),
            "images" => self.images(shell, rest),
            "history" => self.history(shell, rest),
            "run" => self.start(shell, rest),
            "create" => self.create(shell, rest),
            "cp" => self.cp(shell, rest),
            "rm" => self.rm(shell, rest),
            "rmi" => self.rmi(shell, rest),
            "ps" => self.ps(shell, rest),
            "tag" => self.tag(shell, rest),
            "inspect" => self.inspect(shell, rest),
            "pull" => self.pull(shell, rest),
            "version" | "--version" | "-v" => {
                let version = self.lock().engine.version.clone();
                shell.out(format!("Docker version {version}\n"));
                0
            }
            "help" | "--help" => {
                shell.out("docker: build images history run create cp rm rmi ps tag inspect pull version\n");
                0
            }
            other => {
                const REAL: [&str; 24] = [
                    "attach", "commit", "diff", "events", "exec", "export", "import", "info", "kill", "load", "login",
                    "logout", "logs", "network", "port", "push", "restart", "save", "search", "start", "stats", "stop",
                    "volume", "system",
                ];
                if REAL.contains(&other) {
                    shell.gaps.push(Gap { code: "unmodelled-command", what: format!("docker {other}") });
                    return 0;
                }
                shell.err(format!("docker: '{other}' is not a docker command.\nSee 'docker --help'\n"));
                1
            }
        }
    }

    fn build(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let booleans = ["no-cache", "q", "quiet", "pull", "rm", "force-rm", "squash"];
        let known = ["t", "tag", "f", "file", "target", "build-arg", "platform", "progress", "label", "network"];
        let words = match Words::parse(argv, &booleans, &known, false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "build", &error),
        };
        let Some(directory) = words.rest.first().filter(|_| words.rest.len() == 1) else {
            return usage(shell, "build", "\"docker build\" requires exactly 1 argument.");
        };
        for (name, _) in &words.flags {
            if ["label", "network", "squash", "pull", "progress"].contains(&name.as_str()) {
                shell.gaps.push(Gap { code: "unmodelled-option", what: format!("docker build --{name}") });
            }
        }
        let place = match shell.fs.stat(&shell.cwd, directory) {
            Ok((place, node)) if node.is_dir() => place,
            _ => {
                shell.err(format!("unable to prepare context: path \"{directory}\" not found\n"));
                return 1;
            }
        };
        let context = subtree(&shell.fs, &place);
        let name = words.last(&["f", "file"]).map_or_else(|| "Dockerfile".to_string(), str::to_string);
        // -f is relative to where the command runs; the engine gets the name inside the context.
        let file = if words.has(&["f", "file"]) { path::join(&shell.cwd, &name) } else { path::join(&place, &name) };
        let text = shell.fs.stat("/", &file).ok().and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec));
        let Some(text) = text else {
            shell.err(format!("unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat {file}: no such file or directory\n"));
            return 1;
        };
        let mut store = self.lock();
        let mut tags: Vec<String> = Vec::new();
        for tag in words.all(&["t", "tag"]) {
            if let Err(error) = Reference::parse(tag) {
                shell.err(format!(
                    "invalid argument \"{tag}\" for \"-t, --tag\" flag: {error}\nSee 'docker build --help'.\n"
                ));
                return 125;
            }
            tags.push(tag.to_string());
        }
        let build_args = words
            .all(&["build-arg"])
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        let request = Request {
            dockerfile: String::from_utf8_lossy(&text).into_owned(),
            name: file.strip_prefix(&format!("{place}/")).unwrap_or(&name).to_string(),
            context,
            target: words.last(&["target"]).map(str::to_string),
            build_args,
            platform: words.last(&["platform"]).unwrap_or("linux/amd64").to_string(),
            tags: tags.clone(),
            engine: store.engine.clone(),
            builder: store.builder,
            continues_after_failure: false,
        };
        let local = store.snapshot();
        let catalogue = store.catalogue.clone();
        let mut fresh = build::Cache::new();
        let built = if words.has(&["no-cache"]) {
            build::build(&request, &catalogue, &local, &mut fresh)
        } else {
            build::build(&request, &catalogue, &local, &mut store.cache)
        };
        let (out, err) = build::progress(&request, &built);
        if words.has(&["q", "quiet"]) {
            shell.out(built.image.as_ref().map(|image| format!("{}\n", image.id)).unwrap_or_default());
        } else {
            shell.out(out);
        }
        shell.err(err);
        for remark in &built.diagnostics {
            if let Some((_, what)) = remark.params.iter().find(|(name, _)| *name == "what") {
                shell.gaps.push(Gap { code: remark.code, what: what.clone() });
            }
        }
        remember_bases(&mut store, &built, &local);
        let Some(image) = built.image else {
            return built.error.map_or(1, |error| error.exit_code);
        };
        if tags.is_empty() {
            let untagged =
                Reference { repository: "<none>".into(), tag: short_id(&image.id).to_string(), digest: None };
            store.tag(untagged, image.clone());
        }
        for tag in tags {
            if let Ok(reference) = Reference::parse(&tag) {
                store.tag(reference, image.clone());
            }
        }
        0
    }

    fn images(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(
            argv,
            &["a", "all", "q", "quiet", "no-trunc", "digests"],
            &["f", "filter", "format"],
            false,
        ) {
            Ok(words) => words,
            Err(error) => return usage(shell, "images", &error),
        };
        let store = self.lock();
        let mut rows = vec![["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"].map(str::to_string).to_vec()];
        let mut ids = String::new();
        for (reference, image) in store.tags.iter().rev() {
            if words
                .rest
                .first()
                .is_some_and(|wanted| *wanted != reference.repository && *wanted != reference.to_string())
            {
                continue;
            }
            ids.push_str(&format!("{}\n", short_id(&image.id)));
            let tag = if reference.repository == "<none>" { "<none>" } else { &reference.tag };
            rows.push(vec![
                reference.repository.clone(),
                tag.to_string(),
                short_id(&image.id).to_string(),
                // The simulated clock does not move: nothing here has a date.
                "N/A".into(),
                image.size().human(),
            ]);
        }
        shell.out(if words.has(&["q", "quiet"]) { ids } else { table(&rows, column_width(&store)) });
        0
    }

    fn history(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(argv, &["no-trunc", "H", "human", "q", "quiet"], &["format"], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "history", &error),
        };
        let Some(name) = words.rest.first() else {
            return usage(shell, "history", "\"docker history\" requires exactly 1 argument.");
        };
        let store = self.lock();
        let Some((_, image)) = store.local(name) else {
            return daemon(shell, &format!("No such image: {name}"));
        };
        let mut rows = vec![["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"].map(str::to_string).to_vec()];
        let mut layers = image.layers.iter().rev();
        for (index, entry) in image.history.iter().rev().enumerate() {
            let size = if entry.empty_layer { None } else { layers.next() };
            let (limit, dots) = if store.engine.major() < 18 { (42, "...") } else { (44, "…") };
            let created_by: String = if words.has(&["no-trunc"]) || entry.created_by.chars().count() <= 45 {
                entry.created_by.to_string()
            } else {
                entry.created_by.chars().take(limit).chain(dots.chars()).collect()
            };
            rows.push(vec![
                if index == 0 { short_id(&image.id).to_string() } else { "<missing>".into() },
                "N/A".into(),
                created_by,
                size.map_or("0B".to_string(), |layer| layer.size.human()),
                entry.comment.unwrap_or("").to_string(),
            ]);
        }
        shell.out(table(&rows, column_width(&store)));
        0
    }

    /// Flags that `run` and `create` share.
    fn container_words(argv: &[String]) -> Result<Words, String> {
        let booleans = ["d", "detach", "i", "interactive", "t", "tty", "rm", "P", "init", "privileged", "read-only"];
        let known = [
            "name",
            "p",
            "publish",
            "e",
            "env",
            "entrypoint",
            "u",
            "user",
            "w",
            "workdir",
            "v",
            "volume",
            "network",
            "h",
            "hostname",
            "platform",
            "m",
            "memory",
            "restart",
        ];
        Words::parse(argv, &booleans, &known, true)
    }

    /// Makes a container; the image as `run` changes it, and what was asked for.
    fn make(&mut self, shell: &mut Shell, argv: &[String], command: &str) -> Result<(Container, Words), i32> {
        let words = Self::container_words(argv).map_err(|error| usage(shell, command, &error))?;
        let Some((reference, args)) = words.rest.split_first() else {
            let error = format!("\"docker {command}\" requires at least 1 argument.");
            return Err(usage(shell, command, &error));
        };
        let mut store = self.lock();
        let name = words.last(&["name"]).map(str::to_string);
        if let Some(existing) =
            name.as_ref().and_then(|name| store.container(name)).and_then(|number| store.containers.get(&number))
        {
            let error = format!(
                "docker: Error response from daemon: Conflict. The container name \"/{}\" is already in use by container \"{}\". You have to remove (or rename) that container to be able to reuse that name.\n",
                existing.name, existing.id
            );
            shell.err(error);
            return Err(125);
        }
        let image = match store.image(reference) {
            Ok((image, pulled)) => {
                if pulled {
                    shell.err(format!(
                        "Unable to find image '{}' locally\n",
                        Reference::parse(reference).map_or(reference.clone(), |r| r.to_string())
                    ));
                    shell.out(pulled_text(reference, &image));
                }
                image
            }
            Err(error) => {
                shell.err(format!("docker: Error response from daemon: {error}.\n"));
                return Err(125);
            }
        };
        let mut changed: Image = (*image).clone();
        let mut args = args.to_vec();
        if let Some(entrypoint) = words.last(&["entrypoint"]) {
            changed.config.entrypoint = Some(vec![entrypoint.to_string()]).filter(|_| !entrypoint.is_empty());
            changed.config.cmd = None;
        }
        for pair in words.all(&["e", "env"]) {
            if let Some((name, value)) = pair.split_once('=') {
                changed.config.set_env(name, value);
            }
        }
        if let Some(user) = words.last(&["u", "user"]) {
            changed.config.user = user.to_string();
        }
        if let Some(directory) = words.last(&["w", "workdir"]) {
            changed.config.working_dir = directory.to_string();
        }
        for name in ["v", "volume", "network", "read-only", "privileged"] {
            if words.has(&[name]) {
                shell.gaps.push(Gap { code: "unmodelled-option", what: format!("docker {command} --{name}") });
            }
        }
        if args.is_empty() && start::command(&changed, &[]).is_empty() && command == "create" {
            shell.err(format!("{}\n", store.engine.no_command.trim_start_matches("docker: ")));
            return Err(1);
        }
        let container = store.create(name, reference, Arc::new(changed), std::mem::take(&mut args));
        Ok((container, words))
    }

    fn start(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let (container, words) = match self.make(shell, argv, "run") {
            Ok(made) => made,
            Err(status) => return status,
        };
        let engine = self.lock().engine.clone();
        let run = start::start(&container.image, &container.args, &engine);
        if words.has(&["d", "detach"]) && run.cause.is_none() {
            shell.out(format!("{}\n", container.id));
        } else {
            shell.out(&run.stdout);
        }
        if !(words.has(&["d", "detach"]) && run.cause.is_none()) {
            shell.err(&run.stderr);
        }
        if let Some((code, what)) = &run.unknown {
            shell.gaps.push(Gap { code, what: what.clone() });
        }
        shell.gaps.extend(run.gaps.iter().cloned());
        let mut store = self.lock();
        if let Some(number) = store.container(&container.id) {
            if words.has(&["rm"]) {
                store.containers.remove(&number);
            } else if let Some(kept) = store.containers.get_mut(&number) {
                kept.running = run.serves && words.has(&["d", "detach"]);
                kept.status = match (kept.running, run.exit_code) {
                    (true, _) => "Up".into(),
                    (false, Some(code)) => format!("Exited ({code})"),
                    (false, None) => "Exited (0)".into(),
                };
                kept.tree = run.tree;
            }
        }
        run.exit_code.unwrap_or(0)
    }

    fn create(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        match self.make(shell, argv, "create") {
            Ok((container, _)) => {
                shell.out(format!("{}\n", container.id));
                0
            }
            Err(status) => status,
        }
    }

    fn cp(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(argv, &["a", "archive", "L", "q", "quiet"], &[], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "cp", &error),
        };
        let [source, target] = words.rest.as_slice() else {
            return usage(shell, "cp", "\"docker cp\" requires exactly 2 arguments.");
        };
        let side = |word: &str| {
            word.split_once(':')
                .filter(|(name, _)| !name.contains('/') && !name.is_empty())
                .map(|(a, b)| (a.to_string(), b.to_string()))
        };
        let mut store = self.lock();
        let (name, inside, outside, into_container) = match (side(source), side(target)) {
            (Some((name, inside)), None) => (name, inside, target.clone(), false),
            (None, Some((name, inside))) => (name, inside, source.clone(), true),
            (Some(_), Some(_)) => {
                return usage(shell, "cp", "copying between containers is not supported");
            }
            (None, None) => {
                return usage(shell, "cp", "must specify at least one container source");
            }
        };
        let Some(container) = store.container(&name).and_then(|number| store.containers.get_mut(&number)) else {
            return daemon(shell, &format!("No such container: {name}"));
        };
        let options = CopyOptions { preserve_owner: !into_container, ..CopyOptions::default() };
        let inside = path::join("/", &inside);
        let copied = if into_container {
            let from = path::join(&shell.cwd, &outside);
            copy_like_cp(&shell.fs, &from, &mut container.tree, &inside, outside.ends_with("/."), options)
        } else {
            let to = path::join(&shell.cwd, &outside);
            let missing = container.tree.stat("/", &inside).is_err();
            if missing && container.tree.may_hide("/", &inside) {
                shell.gaps.push(Gap { code: "unlisted-file", what: inside });
                return 0;
            }
            copy_like_cp(&container.tree, &inside, &mut shell.fs, &to, inside.ends_with("/."), options)
        };
        match copied {
            Ok(()) => 0,
            Err(missing) if into_container => {
                shell.err(format!("lstat {missing}: no such file or directory\n"));
                1
            }
            Err(missing) => {
                shell.err(format!("Error: No such container:path: {name}:{missing}\n"));
                1
            }
        }
    }

    fn rm(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(argv, &["f", "force", "v", "volumes", "l"], &[], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "rm", &error),
        };
        let mut status = 0;
        let mut store = self.lock();
        for name in &words.rest {
            match store.container(name) {
                Some(number)
                    if store.containers.get(&number).is_some_and(|c| c.running) && !words.has(&["f", "force"]) =>
                {
                    let id = store.containers.get(&number).map(|c| c.id.clone()).unwrap_or_default();
                    status = daemon(
                        shell,
                        &format!(
                            "You cannot remove a running container {id}. Stop the container before attempting removal or force remove"
                        ),
                    );
                }
                Some(number) => {
                    store.containers.remove(&number);
                    shell.out(format!("{name}\n"));
                }
                None => status = daemon(shell, &format!("No such container: {name}")),
            }
        }
        status
    }

    fn rmi(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(argv, &["f", "force", "no-prune"], &[], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "rmi", &error),
        };
        let mut status = 0;
        let mut store = self.lock();
        for name in &words.rest {
            let Some((reference, image)) = store.local(name) else {
                status = daemon(shell, &format!("No such image: {name}"));
                continue;
            };
            let tags = store.tags.iter().filter(|(_, other)| other.id == image.id).count();
            if let (Some(container), 1, false) = (store.user_of(&image), tags, words.has(&["f", "force"])) {
                let short = short_id(&container.id).to_string();
                let words = format!(
                    "conflict: unable to remove repository reference \"{name}\" (must force) - container {short} is using its referenced image {}",
                    short_id(&image.id)
                );
                status = daemon(shell, &words);
                continue;
            }
            let shown = reference.as_ref().map(ToString::to_string);
            store.tags.retain(|(tag, other)| match &shown {
                Some(shown) => tag.to_string() != *shown,
                None => other.id != image.id,
            });
            if let Some(shown) = shown {
                shell.out(format!("Untagged: {shown}\n"));
            }
            if tags <= 1 {
                shell.out(format!("Deleted: {}\n", image.id));
            }
        }
        status
    }

    fn ps(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(
            argv,
            &["a", "all", "q", "quiet", "l", "no-trunc"],
            &["f", "filter", "format", "n"],
            false,
        ) {
            Ok(words) => words,
            Err(error) => return usage(shell, "ps", &error),
        };
        let store = self.lock();
        let mut rows = vec![
            ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"].map(str::to_string).to_vec(),
        ];
        let mut ids = String::new();
        for container in store.containers.values().rev().filter(|c| c.running || words.has(&["a", "all", "l"])) {
            let command = start::command(&container.image, &container.args).join(" ");
            let short: String =
                if command.chars().count() > 20 { command.chars().take(19).chain(['…']).collect() } else { command };
            ids.push_str(&format!("{}\n", container.id.get(..12).unwrap_or("")));
            rows.push(vec![
                container.id.get(..12).unwrap_or("").to_string(),
                container.reference.clone(),
                format!("\"{short}\""),
                "N/A".into(),
                container.status.clone(),
                String::new(),
                container.name.clone(),
            ]);
        }
        shell.out(if words.has(&["q", "quiet"]) { ids } else { table(&rows, column_width(&store)) });
        0
    }

    fn tag(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let [source, target] = argv else {
            return usage(shell, "tag", "\"docker tag\" requires exactly 2 arguments.");
        };
        let mut store = self.lock();
        let Some((_, image)) = store.local(source) else {
            return daemon(shell, &format!("No such image: {source}"));
        };
        match Reference::parse(target) {
            Ok(reference) => {
                store.tag(reference, image);
                0
            }
            Err(error) => daemon(shell, &error),
        }
    }

    fn inspect(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(argv, &["s", "size"], &["f", "format", "type"], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "inspect", &error),
        };
        if words.has(&["f", "format"]) {
            shell.gaps.push(Gap { code: "unmodelled-option", what: "docker inspect --format".into() });
        }
        let store = self.lock();
        let mut found = Vec::new();
        let mut status = 0;
        for name in &words.rest {
            if let Some((_, image)) = store.local(name) {
                let tags: Vec<String> = store
                    .tags
                    .iter()
                    .filter(|(_, other)| other.id == image.id)
                    .map(|(tag, _)| tag.to_string())
                    .collect();
                let diff_ids: Vec<&str> = image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
                let oci = image.config.to_oci("linux/amd64", &diff_ids, &image.history);
                found.push(serde_json::json!({
                    "Id": image.id,
                    "RepoTags": tags,
                    "Created": oci.get("created"),
                    "DockerVersion": store.engine.version,
                    "Config": oci.get("config"),
                    "Architecture": oci.get("architecture"),
                    "Os": oci.get("os"),
                    "Size": image.size().bytes(),
                    "RootFS": { "Type": "layers", "Layers": diff_ids },
                }));
            } else if let Some(container) = store.container(name).and_then(|number| store.containers.get(&number)) {
                found.push(serde_json::json!({
                    "Id": container.id,
                    "Name": format!("/{}", container.name),
                    "Image": container.image.id,
                    "State": { "Status": container.status, "Running": container.running },
                }));
            } else {
                shell.err(format!("Error: No such object: {name}\n"));
                status = 1;
            }
        }
        shell.out(serde_json::to_string_pretty(&found).unwrap_or_default() + "\n");
        status
    }

    fn pull(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match Words::parse(argv, &["q", "quiet", "a"], &["platform"], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "pull", &error),
        };
        let Some(name) = words.rest.first() else {
            return usage(shell, "pull", "\"docker pull\" requires exactly 1 argument.");
        };
        let mut store = self.lock();
        match store.image(name) {
            Ok((image, pulled)) => {
                let text = if pulled {
                    pulled_text(name, &image)
                } else {
                    format!("Status: Image is up to date for {name}\n")
                };
                shell.out(text);
                0
            }
            Err(error) => daemon(shell, &error),
        }
    }
}

/// Old clients print columns at least 20 wide, newer ones 10.
fn column_width(store: &Store) -> usize {
    if store.engine.major() < 18 { 20 } else { 10 }
}

fn pulled_text(name: &str, image: &Image) -> String {
    let Ok(reference) = Reference::parse(name) else {
        return String::new();
    };
    let mut text = format!(
        "{}: Pulling from {}\n",
        reference.tag,
        reference.canonical().split('/').skip(1).collect::<Vec<_>>().join("/").split(':').next().unwrap_or("")
    );
    for layer in &image.layers {
        text.push_str(&format!("{}: Pull complete\n", short_id(&layer.diff_id)));
    }
    text + &format!("Status: Downloaded newer image for {reference}\n")
}

/// The classic builder leaves the images it pulled in the store.
fn remember_bases(store: &mut Store, built: &build::Built, local: &Snapshot) {
    use crate::build::Images;
    use crate::plan::Base;
    let Some(plan) = &built.plan else { return };
    if store.builder != crate::engine::Builder::Classic {
        return;
    }
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        if let Base::Image(reference) = &stage.base
            && local.find(reference).is_none()
            && let Ok(image) = store.catalogue.image(reference, store.engine.era())
        {
            // Older than what was built from it: listed below.
            store.tags.insert(0, (reference.clone(), image));
        }
    }
}

/// `docker cp`: a directory goes into a directory that exists, as with `cp -r`.
fn copy_like_cp(
    from: &Tree,
    source: &str,
    to: &mut Tree,
    target: &str,
    contents: bool,
    options: CopyOptions,
) -> Result<(), String> {
    let (real, node) = from.stat("/", source).map_err(|_| source.to_string())?;
    let target_is_dir = to.stat("/", target).is_ok_and(|(_, node)| node.is_dir());
    let place = if node.is_dir() && target_is_dir && !contents {
        path::join(target, path::file_name(&real))
    } else {
        target.to_string()
    };
    if to.stat("/", path::parent(&place)).is_err() {
        return Err(path::parent(&place).to_string());
    }
    fs::copy_tree(from, &source.into(), to, &place, Rename::To, options).map(|_| ()).map_err(|_| place)
}
