//! Sizes of what downloads, archives and build tools write, where nothing is known of their input.

use crate::base_images::Catalogue;
use crate::build::{Built, Cache, NoImages, Request, build};
use crate::engine::EngineProfile;
use crate::fs::Tree;
use crate::measure::{Honesty, Size};

const TOOLS: &str = "FROM debian:12\n\
    RUN apt-get update && apt-get install -y curl gcc make git unzip python3 && rm -rf /var/lib/apt/lists/*\n";
const SOURCES: &str = "https://github.com/droe/sslsplit/archive/0.5.0.tar.gz";
const PROGRAM: &str = "https://github.com/fatedier/frp/releases/download/v1/frp_1_linux_amd64.tar.gz";

fn built(text: &str) -> Built {
    let mut request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
    request.assume_context = true;
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

/// The size of the layer of the last step, of which the image has to be made.
fn last(text: &str) -> Size {
    let built = built(text);
    assert_eq!(built.error, None, "{text}");
    built.steps.last().and_then(|step| step.layer.clone()).map_or(Size::ZERO, |layer| layer.size.clone())
}

fn after_tools(step: &str) -> Size {
    last(&format!("{TOOLS}RUN {step}\n"))
}

fn names(size: &Size) -> Vec<String> {
    size.parts().iter().map(|part| part.what.to_string()).collect()
}

#[test]
fn a_download_of_a_measured_kind_is_estimated_and_another_is_not() {
    let gosu = "https://github.com/tianon/gosu/releases/download/1.16/gosu-amd64";
    let size = after_tools(&format!("curl -fsSL -o /usr/local/bin/gosu {gosu} && chmod +x /usr/local/bin/gosu"));
    assert_eq!((names(&size), size.honesty()), (vec![gosu.to_string()], Honesty::Modelled));
    assert!(size.bytes().is_some_and(|bytes| (2_000_000..3_000_000).contains(&bytes)), "{size:?}");
    let other = after_tools("curl -fsSL -o /opt/x https://example.com/x");
    assert_eq!((other.honesty(), names(&other)), (Honesty::Unknown, vec!["https://example.com/x".to_string()]));
    let removed = after_tools("curl -fsSL -o /tmp/x https://example.com/x && rm /tmp/x");
    assert!(removed.parts().is_empty(), "{removed:?}");
}

#[test]
fn what_is_unpacked_and_removed_again_leaves_nothing() {
    let folder =
        format!("cd /usr/src && curl -sSL {SOURCES} | tar xz && cd sslsplit-0.5.0 && cd .. && rm -rf sslsplit-0.5.0");
    let stripped = format!("mkdir /b && curl -sSL {SOURCES} | tar xz --strip-components=1 -C /b && rm -r /b");
    let all = format!("cd /tmp && curl -sSLo x.tgz {SOURCES} && tar xf x.tgz && rm -rf /tmp/*");
    let zip = "cd /tmp && curl -o x.zip https://example.com/x.zip && unzip x.zip -d y && rm -rf x.zip y";
    for step in [folder.as_str(), &stripped, &all, zip, "git clone https://x.y/z.git && rm -rf z"] {
        let size = after_tools(step);
        assert!(size.parts().is_empty() && size.honesty() != Honesty::Unknown, "{step}: {size:?}");
    }
    let kept = after_tools(&format!("mkdir /b && curl -sSL {SOURCES} | tar xz --strip-components=1 -C /b"));
    assert_eq!(names(&kept), [SOURCES]);
    assert!(kept.bounds().high.is_some() && kept.bounds().best > 100_000, "{kept:?}");
}

#[test]
fn an_archive_of_unknown_size_may_hold_any_file() {
    let text = format!(
        "{TOOLS}WORKDIR /opt/x\nRUN mkdir src && curl -sSL {SOURCES} | tar xz --strip 1 -C src && tar xzf src/target/x.tgz && rm -r src\n"
    );
    let built = built(&text);
    assert_eq!(built.error, None);
    let tree = &built.image.as_ref().unwrap().tree;
    assert!(tree.may_hide("/", "/opt/x/bin/x") && !tree.may_hide("/opt", "/opt/y"));
    assert_eq!(built.steps.last().unwrap().layer.as_ref().unwrap().size.honesty(), Honesty::Unknown);
}

#[test]
fn what_a_build_of_unknown_sources_installs_is_estimated() {
    let build = "./configure --prefix=/usr/local/x && make -j4 && make install";
    let size = after_tools(&format!(
        "cd /usr/src && curl -sSL {SOURCES} | tar xz && cd sslsplit-0.5.0 && {build} && cd .. && rm -rf sslsplit-0.5.0"
    ));
    assert_eq!(names(&size), ["the installation from /usr/src/sslsplit-0.5.0"]);
    assert!(size.bounds().high.is_some_and(|high| high < 10_000_000), "{size:?}");
    let kept = after_tools(&format!("cd /usr/src && curl -sSL {SOURCES} | tar xz && cd sslsplit-0.5.0 && {build}"));
    assert_eq!(kept.parts().len(), 3, "{kept:?}");
    let image =
        built(&format!("{TOOLS}RUN git clone --depth 1 https://x.y/z && cd z && ./configure && make install\n"));
    assert!(image.image.unwrap().tree.may_hide("/", "/usr/bin/z"), "it may have written anything");
}

#[test]
fn a_program_that_is_taken_out_of_an_archive_is_at_most_as_large_as_all_of_it() {
    let size = after_tools(&format!(
        "curl -sSLo f.tgz {PROGRAM} && tar xzf f.tgz && mv frp_1_linux_amd64/frpc /usr/local/bin/ && rm -rf f.tgz frp_1_linux_amd64"
    ));
    assert_eq!(names(&size), [PROGRAM]);
    assert!(size.bounds().low < 1_000 && size.bounds().best > 1_000_000, "{size:?}");
    let copied = format!("{TOOLS}RUN curl -sSL {PROGRAM} | tar xz && cp frp_1_linux_amd64/frpc /usr/local/bin/frpc\n");
    let built = built(&copied);
    assert!(built.image.unwrap().tree.may_hide("/", "/usr/local/bin/frpc"));
}

#[test]
fn a_repository_has_the_size_of_its_history_unless_it_is_cut() {
    let shallow = after_tools("git clone --depth 1 https://x.y/z.git /opt/z");
    assert!(shallow.bounds().high.is_some(), "{shallow:?}");
    let whole = after_tools("git clone https://x.y/z.git /opt/z");
    assert_eq!(whole.bounds().high, None, "{whole:?}");
    let files = after_tools("git clone https://x.y/z.git /opt/z && rm -rf /opt/z/.git");
    assert_eq!(names(&files), ["https://x.y/z.git"]);
    assert!(files.bounds().high.is_some());
}

#[test]
fn installers_are_known_by_their_address() {
    let pip = last(
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nRUN curl -sSL https://bootstrap.pypa.io/get-pip.py | python3\n",
    );
    assert!(pip.bytes().is_some_and(|bytes| bytes > 5_000_000), "{pip:?}");
    let uv = after_tools("curl -LsSf https://astral.sh/uv/install.sh | sh");
    assert_eq!(names(&uv), ["https://astral.sh/uv/install.sh"]);
    assert!(uv.bounds().low > 10_000_000 && uv.bounds().high.is_some());
    let php = "FROM php:8.3-cli\nRUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin --filename=composer\n";
    let image = built(php).image.unwrap();
    let (_, node) = image.tree.stat("/", "/usr/local/bin/composer").unwrap();
    assert_eq!(node.mode & 0o111, 0o111);
    assert!(node.content().unwrap().size().bounds().high.is_some());
}

#[test]
fn extensions_of_php_are_estimated_and_their_sources_removed() {
    let size = last(
        "FROM php:8.3-apache\nRUN docker-php-ext-configure gd --with-jpeg && docker-php-ext-install -j2 gd pdo_mysql\n",
    );
    assert_eq!(names(&size), ["docker-php-ext-install gd", "docker-php-ext-install pdo_mysql"]);
    assert!(size.bounds().high.is_some_and(|high| high < 1_000_000), "{size:?}");
    let kept = last("FROM php:8.3-apache\nRUN docker-php-source extract && docker-php-ext-install gd\n");
    assert_eq!(kept.bounds().high, None);
    let enabled =
        last("FROM php:8.3-apache\nRUN pecl install redis && docker-php-ext-enable redis && rm -rf /tmp/pear\n");
    assert_eq!(names(&enabled), ["pecl install redis"]);
}

#[test]
fn the_folders_of_a_build_tool_count_where_they_stay() {
    let size =
        last("FROM maven:3-eclipse-temurin-21\nWORKDIR /app\nCOPY . .\nRUN mvn package && rm -rf ~/.m2 target\n");
    assert!(size.parts().is_empty() && size.honesty() != Honesty::Unknown, "{size:?}");
    let jar = "FROM maven:3-eclipse-temurin-21 AS build\nCOPY . .\nRUN mvn package\n\
        FROM eclipse-temurin:21-jre\nCOPY --from=build /target/app.jar /app.jar\n";
    let size = last(jar);
    assert!(size.bounds().best > 10_000_000 && size.bounds().high.is_some(), "{size:?}");
    let layers = jar.replace("/target/app.jar /app.jar", "/target/dependency/BOOT-INF/lib /app/lib");
    assert_eq!(last(&layers).bounds().best, size.bounds().best);
    let context = last("FROM eclipse-temurin:21-jre\nCOPY target/*.jar /app.jar\n");
    assert!(context.bounds().best > 10_000_000 && context.bounds().high.is_some(), "{context:?}");
    let publish = "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -c Release -o /out\n\
        FROM mcr.microsoft.com/dotnet/aspnet:8.0\nCOPY --from=build /out .\n";
    assert!(last(publish).bounds().high.is_some_and(|high| high < 30_000_000));
    let declined = publish.replace("Release", "Release -a amd64 --self-contained false");
    assert!(last(&declined).bounds().high.is_some());
    let alone = publish.replace("Release", "Release -r linux-x64 --self-contained");
    assert_eq!(last(&alone).bounds().high, None);
}

#[test]
fn gaps_that_concern_no_file_leave_the_size_known() {
    for step in ["make --version > /dev/null; echo $(nproc)", "useradd --btrfs-subvolume-home x; true"] {
        let size = after_tools(step);
        assert!(size.bounds().high.is_some(), "{step}: {size:?}");
    }
}

/// What a step may change in the folders that packages keep for their state is next to nothing, and a folder that it goes to
/// or makes a link in gains nothing.
#[test]
fn folders_of_packages_that_may_be_there_leave_the_size_known() {
    let nginx = "FROM debian:bullseye-slim\nRUN apt-get update && apt-get install -y nginx-extras\n";
    for (step, wanted) in [
        ("ln -sf /dev/stdout /var/log/nginx/access.log", &[][..]),
        ("cd /var/lib/nginx", &[]),
        ("chown -R www-data /var/spool/other", &["/var/spool/other"]),
    ] {
        let size = last(&format!("{nginx}RUN {step}\n"));
        assert_eq!(names(&size), wanted, "{step}");
        assert!(size.bounds().high.is_some_and(|high| high < 1_000), "{step}: {size:?}");
    }
    let unknown = last(&format!("{nginx}RUN chown -R www-data /usr/share/other\n"));
    assert_eq!(unknown.bounds().high, None, "{unknown:?}");
}

#[test]
fn a_file_of_the_context_that_is_changed_counts_once_more() {
    let copied = last("FROM alpine:3.22\nCOPY tool /usr/local/bin/tool\n");
    for change in ["chmod +s /usr/local/bin/tool", "chown 1000 /usr/local/bin/tool"] {
        let changed = last(&format!("FROM alpine:3.22\nCOPY tool /usr/local/bin/tool\nRUN {change}\n"));
        assert_eq!((changed.bounds(), names(&changed)), (copied.bounds(), vec!["tool".to_string()]), "{change}");
    }
    let other = last("FROM alpine:3.22\nCOPY tool /usr/local/bin/tool\nRUN chmod +x /bin/busybox\n");
    assert!(!names(&other).contains(&"tool".to_string()), "{other:?}");
}

#[test]
fn a_repository_that_is_added_brings_a_key_and_lists_that_are_removed() {
    let install = "apt-get update && apt-get install -y software-properties-common && add-apt-repository ppa:x/y";
    let size = last(&format!("FROM ubuntu:22.04\nRUN {install} && rm -rf /var/lib/apt/lists/*\n"));
    assert!(size.bounds().high.is_some(), "{size:?}");
    assert!(names(&size).contains(&"add-apt-repository ppa:x/y".to_string()), "{size:?}");
    let kept = last(&format!("FROM ubuntu:22.04\nRUN {install}\n"));
    assert_eq!(kept.bounds().high, None, "{kept:?}");
}

/// A signature that is looked at adds no file.
#[test]
fn a_signature_that_is_assumed_to_be_valid_leaves_the_size_known() {
    let text =
        "FROM debian:12\nRUN apt-get update && apt-get install -y gnupg\nCOPY a.sig a /\nRUN gpg --verify /a.sig /a\n";
    let size = last(text);
    assert!(size.bounds().high.is_some(), "{size:?}");
}

#[test]
fn time_zones_that_are_copied_are_as_large_as_their_package() {
    let zones = "FROM alpine:3.22 AS zones\nRUN apk add --no-cache tzdata\nFROM scratch\n";
    let size = last(&format!("{zones}COPY --from=zones /usr/share/zoneinfo /usr/share/zoneinfo\n"));
    assert!(size.bytes().is_some_and(|bytes| (300_000..5_000_000).contains(&bytes)), "{size:?}");
}

#[test]
fn a_configuration_file_of_the_base_image_that_is_changed_is_as_large_as_such_files_are() {
    let size = last("FROM nginx:1.27-alpine\nRUN chown -R nginx /etc/nginx/conf.d\n");
    assert!(size.bounds().high.is_some_and(|high| high < 20_000), "{size:?}");
}

#[test]
fn the_caches_of_go_are_estimated_for_modules_that_are_not_known() {
    let step = |commands: &str| last(&format!("FROM golang:1.23\nWORKDIR /app\nCOPY . .\nRUN {commands}\n"));
    let download = step("go mod download");
    assert_eq!(names(&download), ["the modules of Go"]);
    let build = step("go build -o main .");
    assert!(["the modules of Go", "Go's build cache"].iter().all(|what| names(&build).contains(&(*what).to_string())));
    assert!(build.bounds().best > download.bounds().best + 50_000_000 && build.bounds().high.is_some(), "{build:?}");
    // Modules are there already, and a second program adds at most as much as the first.
    let again = last("FROM golang:1.23\nWORKDIR /app\nCOPY . .\nRUN go build -o a ./a\nRUN go build -o b ./b\n");
    assert!(!names(&again).contains(&"the modules of Go".to_string()), "{again:?}");
    assert!(again.bounds().high.is_some() && again.bounds().low < build.bounds().low, "{again:?}");
    // Several programs at once have no size.
    assert_eq!(step("go build -o bin/ ./...").bounds().high, None);
    let tool = last("FROM golang:1.23\nRUN go install github.com/go-delve/delve/cmd/dlv@latest\n");
    assert!(tool.bounds().high.is_some() && tool.bounds().best > 100_000_000, "{tool:?}");
    let get = step("go get && go build");
    assert!(get.bounds().high.is_some() && names(&get).contains(&"go get".to_string()), "{get:?}");
    // Since Go 1.20 the standard library is in the cache, too.
    let old = last("FROM golang:1.18\nWORKDIR /app\nCOPY . .\nRUN go build -o main .\n");
    assert!(old.bounds().low < build.bounds().low && old.bounds().high.is_some(), "{old:?}");
}

#[test]
fn the_packages_of_an_unknown_python_project_go_where_its_environment_is() {
    let step = |setup: &str, commands: &str| {
        format!(
            "FROM python:3.11-slim AS build\nRUN pip install --no-cache-dir {setup}\nWORKDIR /app\nCOPY . .\n{commands}\n"
        )
    };
    let poetry = step(
        "poetry",
        "RUN POETRY_VIRTUALENVS_IN_PROJECT=1 poetry install --no-root --no-cache\nFROM python:3.11-slim\nCOPY --from=build /app/.venv /app/.venv",
    );
    assert!(last(&poetry).bounds().high.is_some_and(|high| high > 10_000_000), "{:?}", last(&poetry));
    let system = last(&step("poetry", "RUN poetry config virtualenvs.create false && poetry install"));
    assert_eq!(names(&system), ["the cache of poetry install", "poetry install"]);
    assert!(system.bounds().high.is_some(), "{system:?}");
    let pipenv = last(&step("pipenv", "RUN pipenv install --system --deploy"));
    assert_eq!(names(&pipenv), ["the cache of pipenv install", "pipenv install"]);
    let sync = "ENV UV_NO_CACHE=1\nRUN uv sync --frozen --no-install-project\n";
    let first = last(&step("uv", sync));
    assert!(first.bounds().best > 10_000_000 && first.bounds().high.is_some(), "{first:?}");
    let compiled = last(&step("uv", &format!("ENV UV_COMPILE_BYTECODE=1\n{sync}")));
    assert!(compiled.bounds().best > first.bounds().best, "{compiled:?} {first:?}");
    // The second call adds the project to its packages.
    let second = last(&step("uv", &format!("{sync}RUN uv sync --frozen")));
    assert!(second.bounds().high.is_some_and(|high| high < 1_000_000), "{second:?}");
}

#[test]
fn a_folder_and_a_repository_are_installed_as_packages_of_unknown_size() {
    let python = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir";
    let folder = last(&format!("{python} .\n"));
    assert!(folder.bounds().low > 1_000_000 && folder.bounds().high.is_some(), "{folder:?}");
    // What a list brought is not brought once more.
    let after = last(&format!("{python} -r requirements.txt\nRUN pip install --no-cache-dir .\n"));
    assert!(after.bounds().low == 0 && after.bounds().high == folder.bounds().high, "{after:?}");
    let repository = last(&format!("{python} git+https://example.com/a/b.git\n"));
    assert!(repository.bounds().high.is_some() && repository.bounds().low < folder.bounds().low, "{repository:?}");
    let wheel = last(&format!("{python} https://example.com/a-1.0-py3-none-any.whl\n"));
    assert_eq!(wheel.bounds().high, None);
}

#[test]
fn a_member_of_an_archive_is_one_file() {
    let taken =
        format!("{TOOLS}RUN curl -sSL {PROGRAM} | tar xz -C /usr/local/bin frpc && chmod +x /usr/local/bin/frpc\n");
    let size = last(&taken);
    assert_eq!((names(&size), size.bounds().low), (vec![PROGRAM.to_string()], 0));
    assert!(size.bounds().high.is_some_and(|high| high > 1_000_000), "{size:?}");
    let folder = after_tools(&format!(
        "curl -sSL {PROGRAM} | tar xz -C /usr/local/bin frp/frpc && chmod +x /usr/local/bin/frpc"
    ));
    assert_eq!(folder.parts().len(), 2, "{folder:?}");
}

#[test]
fn a_file_that_may_be_there_is_copied_up_and_at_most_as_large_as_its_kind() {
    let with = |step: &str| last(&format!("FROM alpine:3.22\nCOPY files/* /srv/\nRUN {step}\n"));
    let script = with("chmod +x /srv/run.sh");
    assert!(script.bounds().low == 0 && script.bounds().high.is_some_and(|high| high < 10_000), "{script:?}");
    let other = with("chmod +x /srv/run");
    assert!(other.bounds().high > script.bounds().high, "{other:?}");
    assert!(with("ls -l /srv/run").parts().is_empty());
    // What a script does is not known.
    assert_eq!(with("chmod +x /srv/run.sh; sh /srv/run.sh").bounds().high, None);
}

#[test]
fn sources_of_the_context_are_as_long_as_others() {
    let program = "FROM gcc:13 AS build\nWORKDIR /app\nCOPY main.c ./\nRUN gcc main.c -o server\n\
        FROM debian:bookworm-slim\nCOPY --from=build /app/server /server\n";
    let size = last(program);
    assert!(size.bounds().low > 1_000 && size.bounds().high.is_some_and(|high| high < 100_000), "{size:?}");
    let jar = last("FROM eclipse-temurin:21-jre\nCOPY target/app-0.1.jar /app/\n");
    assert!(jar.bounds().best > 10_000_000 && jar.bounds().high.is_some(), "{jar:?}");
    let sql = last("FROM postgres:16\nCOPY init.sql /docker-entrypoint-initdb.d/\n");
    assert!(sql.bounds().high.is_some_and(|high| high < 10_000), "{sql:?}");
    assert_eq!(last("FROM postgres:16\nCOPY dump.sql /docker-entrypoint-initdb.d/\n").bounds().high, None);
    let key = last(
        "FROM debian:12\nRUN apt-get update && apt-get install -y openssl\nRUN openssl req -x509 -nodes -newkey rsa:2048 -keyout k.pem -out c.pem -subj /CN=x\n",
    );
    assert!(key.bounds().low > 500 && key.bounds().high.is_some_and(|high| high < 10_000), "{key:?}");
    // A directory cannot take the place of a file.
    let onto = last("FROM nginx:1.27-alpine\nCOPY settings /etc/nginx/conf.d/default.conf\n");
    assert!(onto.bounds().high.is_some(), "{onto:?}");
    let kept =
        last("FROM nginx:1.27-alpine\nCOPY docs /usr/share/nginx/html\nRUN chmod -R 755 /usr/share/nginx/html\n");
    assert!(kept.bounds().high.is_some(), "{kept:?}");
}

#[test]
fn a_build_script_writes_into_its_folder_as_much_as_others() {
    let step = |step: &str| last(&format!("FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN {step}\n"));
    let build = step("npm run build");
    assert_eq!(names(&build), ["npm run build"]);
    assert!(build.bounds().high.is_some_and(|high| high > 20_000_000), "{build:?}");
    assert_eq!(step("npm run seed").bounds().high, None);
    // A part of a workspace takes the packages of the whole.
    let part = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n\
        FROM nginx:1.27\nCOPY --from=build /app/apps/client/dist /usr/share/nginx/html\n";
    let size = last(part);
    assert!(size.bounds().low > 100_000 && size.bounds().high.is_some_and(|high| high < 10_000_000), "{size:?}");
}

#[test]
fn a_key_that_goes_through_a_pipe_is_a_keyring_in_the_end() {
    let key = "https://example.com/keys/a.asc";
    let tools = "FROM debian:12\nRUN apt-get update && apt-get install -y curl gnupg && rm -rf /var/lib/apt/lists/*\n";
    for reader in [
        "gpg --dearmor -o /usr/share/keyrings/a.gpg",
        "apt-key add -",
        "tee /etc/apt/trusted.gpg.d/a.asc",
        "tee /etc/apt/trusted.gpg.d/a.asc > /dev/null",
        "dd of=/usr/share/keyrings/a.asc",
    ] {
        let size = last(&format!("{tools}RUN curl -fsSL {key} | {reader}\n"));
        assert!(size.bounds().high.is_some_and(|high| high < 50_000), "{reader}: {size:?}");
    }
    // A package of another repository is of another kind.
    let chrome = last(&format!(
        "{tools}RUN curl -fsSL {key} | apt-key add - && echo deb http://x.y/ stable main >> /etc/apt/sources.list.d/x.list && apt-get update && apt-get install -y google-chrome-stable\n"
    ));
    assert!(
        chrome.bounds().high.is_none() && names(&chrome).contains(&"google-chrome-stable".to_string()),
        "{chrome:?}"
    );
    let script = last(&format!("{tools}RUN curl -fsSL {key} | tee a | bash\n"));
    assert_eq!(script.bounds().high, None);
}

#[test]
fn what_comes_after_a_failure_that_may_be_none_leaves_the_size_open() {
    let step = "RUN apt-get update && apt-get install -y curl gnupg && rm -rf /var/lib/apt/lists/*\n\
        RUN curl -fsSL https://example.com/a.asc | apt-key add - && cat /srv/none && touch /srv/x\n";
    let size = last(&format!("FROM debian:12\n{step}"));
    assert_eq!(size.bounds().high, None, "{size:?}");
}
