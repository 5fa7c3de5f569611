//! What the images of a family have beside their distribution's files: programs, scripts, folders and accounts.

use super::accounts::Accounts;
use super::dotted_version::DottedVersion;
use super::listed_folder::ListedFolder;
use crate::image::{BaseFacts, OwnFiles};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Families that name each other are followed this deep.
const DEEPEST_INCLUDE: usize = 4;
/// A path with alternatives stands for at most so many.
const MOST_ALTERNATIVES: usize = 256;

/// What `data/rootfs/families.json` holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Families {
    families: BTreeMap<String, Family>,
}

/// The images of one repository.
#[derive(Debug, Deserialize)]
struct Family {
    /// What tells the family's version, the first that is there: a variable of the environment in capitals, a tool of
    /// the facts in small letters. Otherwise the tag does.
    #[serde(default)]
    version: Vec<String>,
    rules: Vec<Rule>,
}

/// What images have that meet all conditions.
///
/// In paths, targets and lines `{version}`, `{major}` and `{minor}` stand for the family's version, its first number
/// and its first two, `{NAME}` for a variable of the environment; what names one that is not known is left out.
/// `{a,b}` stands for both.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rule {
    /// Words of the tag, between its hyphens; `!WORD` must not be there.
    tag: String,
    /// Distributions by the `ID` of /etc/os-release.
    distro: String,
    /// The first version of the family.
    since: Option<String>,
    /// The first version that does not have it any more.
    until: Option<String>,
    /// A variable of the environment that must be set; `!NAME` must not be.
    env: String,
    /// Families whose files it has too, each with words that count as words of the tag.
    include: Vec<String>,
    /// Dynamic ELF programs.
    programs: Vec<String>,
    /// Static ELF programs.
    static_programs: Vec<String>,
    /// What static programs print before they end with the exit code 0, since a day: path, `YYYY-MM-DD`, text.
    prints: Vec<(String, String, String)>,
    /// Scripts with their interpreters; empty where the first line is not known.
    scripts: BTreeMap<String, String>,
    /// Symbolic links with their targets; a target that ends with `/` gets the link's own name.
    links: BTreeMap<String, String>,
    /// Other files.
    files: Vec<String>,
    /// `PATH [MODE [OWNER[:GROUP]]] [+]`; `+` where it holds more than is listed.
    folders: Vec<String>,
    /// Folders of which the size can be estimated: the share of what the family's own layer holds, in percent, between
    /// `low` and `high`.
    shares: BTreeMap<String, FolderShare>,
    /// Lines of /etc/passwd.
    passwd: Vec<String>,
    /// Lines of /etc/group.
    group: Vec<String>,
    /// Users whose home was made by `useradd --create-home` or `adduser`.
    homes: Vec<String>,
    /// Users of the distribution that were removed, with their groups.
    removed_users: Vec<String>,
    /// Folders of the distribution in which nothing is but what the distribution, its packages and these rules name.
    complete: Vec<String>,
}

/// The share that a folder has of a layer, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderShare {
    pub(crate) low: u64,
    pub(crate) best: u64,
    pub(crate) high: u64,
}

/// The files of one image beside its distribution's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FamilyFiles {
    pub(crate) programs: Vec<String>,
    pub(crate) static_programs: Vec<String>,
    /// What programs print before they end: path and text.
    pub(crate) prints: BTreeMap<String, String>,
    /// Path and interpreter.
    pub(crate) scripts: Vec<(String, String)>,
    /// Path and target.
    pub(crate) links: Vec<(String, String)>,
    pub(crate) files: Vec<String>,
    pub(crate) folders: Vec<ListedFolder>,
    /// Path and share of the family's own layer.
    pub(crate) shares: Vec<(String, FolderShare)>,
    pub(crate) complete: BTreeSet<String>,
}

impl Families {
    pub(crate) fn builtin() -> Self {
        // A test proves that it can be read.
        serde_json::from_str(include_str!("../../data/rootfs/families.json")).unwrap_or_default()
    }

    /// The files of an image; its users and groups are added to `accounts`.
    pub(crate) fn of(&self, facts: &BaseFacts, accounts: &mut Accounts) -> FamilyFiles {
        let mut files = FamilyFiles::default();
        let words: BTreeSet<&str> = facts.tags.iter().flat_map(|tag| tag.split('-')).collect();
        self.add(facts.family(), facts, &words, 0, accounts, &mut files);
        files.add_own(&facts.own_files, accounts);
        files
    }

    /// Whether anything is told of the images of a repository.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.family(name).is_some()
    }

    /// The family of a repository; a name that ends with `*` stands for all that begin so.
    fn family(&self, name: &str) -> Option<&Family> {
        self.families.get(name).or_else(|| {
            let (pattern, family) = self.families.range(..name.to_string()).next_back()?;
            // `*` comes before the characters that names have.
            pattern.strip_suffix('*').filter(|start| name.starts_with(start)).map(|_| family)
        })
    }

    fn add(
        &self,
        name: &str,
        facts: &BaseFacts,
        words: &BTreeSet<&str>,
        depth: usize,
        accounts: &mut Accounts,
        files: &mut FamilyFiles,
    ) {
        let Some(family) = self.family(name) else { return };
        // The tag tells the version of its own family only.
        let version = family.version(facts, depth == 0);
        for rule in family.rules.iter().filter(|rule| rule.applies(facts, words, &version)) {
            for included in rule.include.iter().filter(|_| depth < DEEPEST_INCLUDE) {
                let mut parts = included.split(' ');
                let family = parts.next().unwrap_or("");
                let words: BTreeSet<&str> = words.iter().copied().chain(parts).collect();
                self.add(family, facts, &words, depth + 1, accounts, files);
            }
            let read = |text: &str| alternatives(text, facts, &version);
            let all = |texts: &[String]| texts.iter().flat_map(|text| read(text)).collect::<Vec<String>>();
            rule.removed_users.iter().for_each(|user| accounts.remove(user));
            all(&rule.group).iter().for_each(|line| accounts.add_group(line));
            all(&rule.passwd).iter().for_each(|line| accounts.add_user(line));
            files.programs.extend(all(&rule.programs));
            files.static_programs.extend(all(&rule.static_programs));
            let in_force = rule
                .prints
                .iter()
                .filter(|(_, since, _)| facts.date.as_deref().is_some_and(|date| date >= since.as_str()));
            files.prints.extend(in_force.map(|(path, _, text)| (path.clone(), text.clone())));
            files.files.extend(all(&rule.files));
            files.folders.extend(all(&rule.folders).iter().map(|line| ListedFolder::read(line)));
            for (paths, share) in &rule.shares {
                files.shares.extend(read(paths).into_iter().map(|path| (path, *share)));
            }
            rule.homes.iter().for_each(|user| accounts.add_home(user));
            files.complete.extend(rule.complete.iter().cloned());
            for (paths, interpreter) in &rule.scripts {
                files.scripts.extend(read(paths).into_iter().map(|path| (path, interpreter.clone())));
            }
            for (paths, target) in &rule.links {
                let Some(target) = read(target).into_iter().next() else { continue };
                files.links.extend(read(paths).into_iter().map(|path| {
                    let name = path.rsplit('/').next().unwrap_or("");
                    let target = if target.ends_with('/') { format!("{target}{name}") } else { target.clone() };
                    (path, target)
                }));
            }
        }
    }
}

impl FamilyFiles {
    /// Adds what the facts of one image name.
    fn add_own(&mut self, own: &OwnFiles, accounts: &mut Accounts) {
        own.group.iter().for_each(|line| accounts.add_group(line));
        own.passwd.iter().for_each(|line| accounts.add_user(line));
        self.programs.extend(own.programs.iter().cloned());
        self.static_programs.extend(own.static_programs.iter().cloned());
        self.scripts.extend(own.scripts.iter().map(|(path, interpreter)| (path.clone(), interpreter.clone())));
        self.links.extend(own.links.iter().map(|(path, target)| (path.clone(), target.clone())));
        self.folders.extend(own.directories.iter().map(|(path, owned)| {
            let (owner, mode) = owned.split_once(' ').unwrap_or((owned, "755"));
            let mode = u32::from_str_radix(mode, 8).unwrap_or(0o755);
            ListedFolder { path: path.clone(), mode, owner: owner.to_string(), partial: true }
        }));
    }
}

impl Family {
    fn version(&self, facts: &BaseFacts, by_tag: bool) -> DottedVersion {
        let told =
            self.version.iter().find_map(|name| facts.config.env.get(name).or_else(|| facts.toolchain.get(name)));
        match told.map(|text| DottedVersion::of_release(text)) {
            Some(version) => version,
            None if by_tag => facts.tags.iter().map(|tag| DottedVersion::read(tag)).max().unwrap_or_default(),
            None => DottedVersion::default(),
        }
    }
}

impl Rule {
    fn applies(&self, facts: &BaseFacts, words: &BTreeSet<&str>, version: &DottedVersion) -> bool {
        let holds = |list: &str, has: &dyn Fn(&str) -> bool| {
            list.split_whitespace().all(|word| match word.strip_prefix('!') {
                Some(word) => !has(word),
                None => has(word),
            })
        };
        let distro = facts.distro.get("id").map_or("", String::as_str);
        version.is_within(self.since.as_deref(), self.until.as_deref())
            && (self.distro.is_empty() || self.distro.split_whitespace().any(|own| own == distro))
            && holds(&self.tag, &|word| words.contains(word))
            && holds(&self.env, &|name| facts.config.env.contains_key(name))
    }
}

/// The texts that a text with names and alternatives in braces stands for; none where a name is not known.
pub(super) fn alternatives(text: &str, facts: &BaseFacts, version: &DottedVersion) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut open = vec![text.to_string()];
    while let Some(text) = open.pop() {
        let inside = text.split_once('{').and_then(|(before, rest)| {
            let (inside, after) = rest.split_once('}')?;
            Some((before.to_string(), inside.to_string(), after.to_string()))
        });
        let Some((before, inside, after)) = inside else {
            done.push(text);
            continue;
        };
        let values: Vec<String> = match inside.as_str() {
            "major" => version.first(1).into_iter().collect(),
            "minor" => version.first(2).into_iter().collect(),
            "version" => version.all().into_iter().collect(),
            list if list.contains(',') => list.split(',').rev().map(str::to_string).collect(),
            name => facts.config.env.get(name).cloned().into_iter().collect(),
        };
        if open.len() + done.len() + values.len() > MOST_ALTERNATIVES {
            break;
        }
        // A value with a brace of its own would be read again.
        let values = values.into_iter().filter(|value| !value.contains('{'));
        open.extend(values.map(|value| format!("{before}{value}{after}")));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::distribution_files::Distributions;

    /// The facts of an image of which no more is known than name, tag, distribution and environment.
    fn facts(name: &str, tag: &str, distro: (&str, &str), env: &[(&str, &str)]) -> BaseFacts {
        let env: BTreeMap<&str, &str> = env.iter().copied().collect();
        let flavor = if distro.0 == "alpine" { "musl" } else { "glibc" };
        serde_json::from_value(serde_json::json!({
            "name": name, "tags": [tag], "era": "current", "id": null,
            "distro": {"id": distro.0, "version": distro.1}, "libc": {"flavor": flavor, "version": null},
            "interp": [], "shell": "dash", "bash": true, "package_manager": null, "size": 1, "size_basis": "rough",
            "precision": null, "compressed": null, "layers": [], "config": {"env": env}, "toolchain": {},
            "c_compiler": null, "ca_certificates": null, "source": "a test", "date": null
        }))
        .unwrap()
    }

    fn of(name: &str, tag: &str, distro: (&str, &str), env: &[(&str, &str)]) -> (FamilyFiles, Accounts) {
        let facts = facts(name, tag, distro, env);
        let mut accounts = Distributions::builtin().of(&facts).accounts;
        (Families::builtin().of(&facts, &mut accounts), accounts)
    }

    const DEBIAN: (&str, &str) = ("debian", "12");

    #[test]
    fn every_family_names_its_source_and_includes_families_that_are_there() {
        let text = include_str!("../../data/rootfs/families.json");
        serde_json::from_str::<Families>(text).unwrap();
        let all: serde_json::Value = serde_json::from_str(text).unwrap();
        let families = all["families"].as_object().unwrap();
        assert!(families.len() > 100);
        for (name, family) in families {
            assert!(family["source"].as_str().is_some_and(|source| !source.is_empty()), "{name}: no source");
            for rule in family["rules"].as_array().unwrap() {
                for included in rule["include"].as_array().into_iter().flatten() {
                    let included = included.as_str().unwrap().split(' ').next().unwrap();
                    assert!(families.contains_key(included), "{name}: {included}");
                }
            }
        }
    }

    #[test]
    fn the_version_decides_which_programs_there_are() {
        let links = |version: &str| {
            let (files, _) = of("node", "x", DEBIAN, &[("NODE_VERSION", version)]);
            files.links.iter().map(|(path, _)| path.rsplit('/').next().unwrap().to_string()).collect::<Vec<_>>()
        };
        let has = |version: &str, name: &str| links(version).iter().any(|own| own == name);
        assert!(!has("6.17.1", "npx") && has("8.2.1", "npx") && has("24.1.0", "npx"));
        assert!(!has("14.18.0", "corepack") && has("14.19.0", "corepack") && !has("15.0.0", "corepack"));
        assert!(has("24.1.0", "corepack") && !has("26.0.0", "corepack"));
        let (files, _) = of("python", "3.9-slim", DEBIAN, &[("PYTHON_VERSION", "3.9.18")]);
        assert!(files.programs.contains(&"/usr/local/bin/python3.9".to_string()), "{files:?}");
        let (files, _) = of("python", "2.7", DEBIAN, &[("PYTHON_VERSION", "2.7.18")]);
        assert!(files.links.contains(&("/usr/local/bin/python".into(), "python2".into())), "{files:?}");
        assert!(!files.programs.iter().any(|path| path.contains("python3")), "{files:?}");
    }

    #[test]
    fn words_of_the_tag_and_the_distribution_decide_which_variant_it_is() {
        let php = |tag: &str, distro| of("php", tag, distro, &[("PHP_VERSION", "8.2.1")]);
        let has = |files: &FamilyFiles, path: &str| files.programs.iter().any(|own| own == path);
        let (apache, _) = php("8.2-apache", DEBIAN);
        let (fpm, accounts) = php("8.2-fpm-alpine", ("alpine", "3.18"));
        assert!(has(&apache, "/usr/sbin/apache2") && !has(&apache, "/usr/local/sbin/php-fpm"));
        assert!(has(&fpm, "/usr/local/sbin/php-fpm") && !has(&fpm, "/usr/sbin/apache2"));
        assert_eq!(accounts.owner("www-data"), Some((82, 82)));
        assert_eq!(php("8.2-apache", DEBIAN).1.owner("www-data"), Some((33, 33)));
    }

    #[test]
    fn an_image_has_the_files_of_those_that_it_is_built_on() {
        let (files, accounts) = of("wordpress", "6.4-php8.2-fpm", DEBIAN, &[("PHP_VERSION", "8.2.1")]);
        assert!(files.programs.contains(&"/usr/local/sbin/php-fpm".to_string()), "{files:?}");
        assert_eq!(accounts.owner("www-data:root"), Some((33, 0)));
        let java = [("JAVA_HOME", "/opt/java/openjdk"), ("JAVA_VERSION", "jdk-17.0.9+9")];
        let (files, _) = of("tomcat", "10-jre17", ("ubuntu", "22.04"), &java);
        let java: Vec<&String> = files.programs.iter().filter(|path| path.contains("/bin/java")).collect();
        assert_eq!(java, ["/opt/java/openjdk/bin/java"]);
    }

    #[test]
    fn what_names_a_variable_that_is_not_set_is_left_out_and_alternatives_are_bounded() {
        let facts = facts("x", "1.2.3", DEBIAN, &[("A", "/a"), ("B", "{A}")]);
        let version = DottedVersion::read("1.2.3");
        let read = |text: &str| alternatives(text, &facts, &version);
        assert_eq!(read("{A}/{x,y}{minor}"), ["/a/x1.2", "/a/y1.2"]);
        assert!(read("{NONE}/x").is_empty() && read("{B}/x").is_empty());
        assert!(read(&"{0,1}".repeat(64)).len() <= MOST_ALTERNATIVES);
        assert_eq!(read("{open"), ["{open"]);
    }
}
