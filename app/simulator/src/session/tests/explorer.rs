//! The layer explorer: layers, the files of an image and of its layers, and where a file comes from.

use super::Page;
use base64::Engine as _;
use stageplay_protocol::{
    Comparand, Event, ExplorerRequest, ExplorerView, FileBody, LayerRow, PathChange, Request, Workspace,
};

fn explored(dockerfile: &str) -> Page {
    let mut page = Page::new();
    page.ask(Request::Edit(vec![("hello.txt".into(), "hello\n".into()), ("Dockerfile".into(), dockerfile.into())]));
    assert!(page.session.explorer.shown.is_none(), "a closed explorer costs nothing");
    explore(&mut page, ExplorerRequest::SetOpen(true));
    page
}

fn explore(page: &mut Page, request: ExplorerRequest) {
    page.ask(Request::Explore(request));
}

fn paths(view: &ExplorerView) -> Vec<&str> {
    view.rows.iter().map(|row| row.path.as_str()).collect()
}

fn own(view: &ExplorerView) -> Vec<(usize, &LayerRow)> {
    view.layers.iter().enumerate().filter(|(_, layer)| layer.line.is_some()).collect()
}

#[test]
fn directories_expand_and_count_all_files_below_them() {
    let mut page = explored("FROM scratch\nCOPY hello.txt /a/b/\nCOPY hello.txt /a/\n");
    assert_eq!(paths(&page.explorer), ["/a"]);
    assert_eq!((page.explorer.rows[0].bytes, page.explorer.rows[0].size.as_str()), (12, "12B"));
    explore(&mut page, ExplorerRequest::Toggle("/a".into()));
    let rows: Vec<(&str, usize)> = page.explorer.rows.iter().map(|row| (row.path.as_str(), row.depth)).collect();
    assert_eq!(rows, [("/a", 0), ("/a/b", 1), ("/a/hello.txt", 1)]);
    assert_eq!(page.explorer.rows[2].layer, Some(2));
    explore(&mut page, ExplorerRequest::Toggle("/a".into()));
    assert_eq!(paths(&page.explorer), ["/a"]);
}

#[test]
fn a_search_finds_paths_and_a_file_can_be_previewed_and_downloaded() {
    let mut page = explored("FROM alpine\nCOPY hello.txt /srv/deep/\nCMD [\"sh\"]\n");
    explore(&mut page, ExplorerRequest::Search("HELLO".into()));
    assert_eq!(paths(&page.explorer), ["/srv/deep/hello.txt"]);
    let path = "/srv/deep/hello.txt".to_string();
    explore(&mut page, ExplorerRequest::Inspect(Some(path.clone())));
    let file = page.explorer.file.clone().expect("a file");
    assert!(file.can_download && file.hex.is_some_and(|hex| hex.contains("hello.")));
    assert_eq!(file.body, Some(FileBody::Text { text: "hello\n".into(), truncated: false }));
    explore(&mut page, ExplorerRequest::Download(path));
    let bytes = base64::engine::general_purpose::STANDARD.encode("hello\n");
    assert_eq!(page.events, [Event::Download("hello.txt".into(), bytes)]);
    explore(&mut page, ExplorerRequest::Inspect(Some("/bin/busybox".into())));
    assert!(matches!(page.explorer.file.as_ref().unwrap().body, Some(FileBody::Elf(_))));
    explore(&mut page, ExplorerRequest::Download("/bin/busybox".into()));
    assert_eq!(page.events.len(), 1, "its bytes are not known");
    explore(&mut page, ExplorerRequest::Search(String::new()));
    explore(&mut page, ExplorerRequest::ShowType("elf".into()));
    assert!(paths(&page.explorer).contains(&"/bin/busybox"), "{:?}", paths(&page.explorer));
    assert!(!paths(&page.explorer).contains(&"/srv/deep/hello.txt"));
}

#[test]
fn layers_have_the_lines_of_their_steps_and_the_base_image_s_name() {
    let page = explored("FROM alpine:3.20\nWORKDIR /app\nCOPY hello.txt .\nRUN chmod 755 hello.txt\n");
    let view = &page.explorer;
    let lines: Vec<Option<usize>> = view.layers.iter().map(|layer| layer.line).collect();
    assert_eq!(lines, [None, Some(2), Some(3), Some(4)]);
    assert_eq!(view.layers[0].base.as_deref(), Some("alpine:3.20"));
    assert_eq!((view.layers[1].instruction.as_str(), view.layers[1].base.as_deref()), ("WORKDIR /app", None));
    assert_eq!((view.layers[2].changes, view.layers[3].changes), ([1, 0, 0], [0, 1, 0]));
    assert!(view.layers[3].compressed.as_ref().is_some_and(|size| size.honesty == "modelled"));
    assert_eq!(page.outcome().layers.as_ref().map(Vec::len), Some(4));
}

#[test]
fn what_layers_hold_twice_could_be_saved_once_and_dive_counts_every_copy() {
    let page = explored("FROM scratch\nCOPY hello.txt /a\nCOPY --chmod=700 hello.txt /a\nCOPY hello.txt /b\n");
    let space = page.explorer.space.clone().expect("figures");
    assert_eq!((space.reclaimable, space.dive_wasted, space.size.as_str()), (6, 12, "6B"));
    assert_eq!(space.files, [("/a".to_string(), "6B".to_string(), vec![0, 1])]);
    assert_eq!(page.explorer.layers.iter().map(|layer| layer.reclaimable).collect::<Vec<_>>(), [6, 0, 0]);
}

#[test]
fn a_file_that_is_removed_could_be_saved_whole_and_its_history_says_so() {
    let mut page = explored("FROM alpine\nCOPY hello.txt /x/hello.txt\nRUN chmod 700 /x/hello.txt\nRUN rm -r /x\n");
    let space = page.explorer.space.clone().expect("figures");
    assert_eq!(space.reclaimable, 12);
    explore(&mut page, ExplorerRequest::SelectLayer(Some(3)));
    assert_eq!(page.explorer.shown_changes, [true, true, true, false]);
    assert_eq!((page.explorer.counts[2].0, page.explorer.rows[0].change), (1, PathChange::Removed));
    explore(&mut page, ExplorerRequest::Inspect(Some("/x/hello.txt".into())));
    let history = page.explorer.file.clone().expect("a file").history;
    let events: Vec<(&str, Option<usize>)> = history.iter().map(|event| (event.what.as_str(), event.line)).collect();
    assert_eq!(events, [("added", Some(2)), ("metadata", Some(3)), ("removed", Some(4))]);
    assert_eq!(history[1].commands, ["chmod 700 /x/hello.txt"]);
    assert_eq!(history[2].commands, ["rm -r /x"]);
}

#[test]
fn a_layer_shows_what_it_adds_changes_removes_and_leaves() {
    let mut page = explored("FROM alpine\nCOPY hello.txt /a\nRUN chmod 700 /a && cp /a /b && rm /etc/passwd\n");
    explore(&mut page, ExplorerRequest::SelectLayer(Some(2)));
    let of = |page: &Page, change: PathChange| page.explorer.counts[change as usize].0;
    assert_eq!(
        (of(&page, PathChange::Added), of(&page, PathChange::Changed), of(&page, PathChange::Removed)),
        (1, 1, 1)
    );
    assert!(of(&page, PathChange::Unchanged) > 50);
    let without_removed = [true, true, false, false];
    explore(&mut page, ExplorerRequest::ShowChanges(without_removed));
    assert_eq!(paths(&page.explorer), ["/a", "/b"]);
    assert_eq!(page.explorer.tiles.iter().map(|tile| tile.path.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
}

#[test]
fn of_thousands_of_files_a_window_is_sent() {
    let many = "FROM alpine\nRUN for i in $(seq 1 900); do echo $i > /srv/f$i; done\n";
    let mut page = explored(many);
    explore(&mut page, ExplorerRequest::SelectLayer(Some(1)));
    explore(&mut page, ExplorerRequest::Toggle("/srv".into()));
    assert_eq!((page.explorer.row_count, page.explorer.rows.len()), (901, 160));
    explore(&mut page, ExplorerRequest::ShowRows(850));
    assert_eq!((page.explorer.first_row, page.explorer.rows.len()), (850, 51));
    explore(&mut page, ExplorerRequest::ShowRows(usize::MAX));
    assert_eq!(page.explorer.rows.len(), 1);
}

#[test]
fn the_map_zooms_into_a_directory_and_leaves_one_that_is_gone() {
    let mut page = explored("FROM scratch\nCOPY hello.txt /a/b/one\nCOPY main.go /a/b/two\n");
    explore(&mut page, ExplorerRequest::Zoom("/a/b".into()));
    let names = |page: &Page| page.explorer.tiles.iter().map(|tile| tile.name.clone()).collect::<Vec<_>>();
    assert_eq!((page.explorer.directory.as_str(), names(&page)), ("/a/b", vec!["two".to_string(), "one".into()]));
    page.edit("FROM scratch\nCOPY hello.txt /c\n");
    assert_eq!((page.explorer.directory.as_str(), names(&page)), ("/", vec!["c".to_string()]));
}

#[test]
fn an_open_explorer_keeps_the_last_image_while_the_text_makes_none() {
    let mut page = explored("FROM alpine\nCOPY hello.txt /x\n");
    explore(&mut page, ExplorerRequest::SelectLayer(Some(1)));
    page.edit("FROM alpine\nCOPY hello.txt /x\nEXPO\n");
    assert!(page.outcome().report.error.is_some());
    assert!(page.explorer.is_outdated && page.explorer.layer == Some(1) && !page.explorer.rows.is_empty());
    page.edit("FROM alpine\nCOPY hello.txt /x\nEXPOSE 80\n");
    assert!(!page.explorer.is_outdated && page.explorer.layer == Some(1));
    // One that is opened only now shows it, too.
    explore(&mut page, ExplorerRequest::SetOpen(false));
    page.edit("FROM alpine\nEXPO\n");
    explore(&mut page, ExplorerRequest::SetOpen(true));
    assert!(page.explorer.is_outdated && page.explorer.layers.len() == 2);
}

#[test]
fn the_image_of_each_stage_can_be_seen() {
    let mut page = explored("FROM alpine AS b\nCOPY hello.txt /x\nFROM scratch\nCOPY --from=b /x /y\n");
    assert_eq!((page.explorer.stage, own(&page.explorer).len()), (Some(1), 1));
    explore(&mut page, ExplorerRequest::SelectStage(Some(0)));
    assert_eq!((page.explorer.stage, own(&page.explorer)[0].1.line), (Some(0), Some(2)));
    explore(&mut page, ExplorerRequest::SelectStage(Some(9)));
    assert_eq!(page.explorer.stage, Some(1), "it falls back to the target");
}

#[test]
fn an_image_is_compared_with_its_base_a_stage_a_layer_and_an_earlier_one() {
    let mut page = explored("FROM alpine\nCOPY hello.txt /x\n");
    page.edit("FROM alpine\nCOPY hello.txt /y\n");
    let changed = |page: &mut Page, with: Comparand| {
        explore(page, ExplorerRequest::Compare(Some(with)));
        let counts = page.explorer.counts.clone();
        (counts[0].0, counts[1].0, counts[2].0, page.explorer.comparison.clone().and_then(|one| one.problem))
    };
    // The workspace as it was opened is the example.
    assert!(page.explorer.comparands.contains(&Comparand::Kept));
    assert_eq!(changed(&mut page, Comparand::Image("alpine".into())), (1, 0, 0, None));
    assert_eq!(changed(&mut page, Comparand::Layer(0)), (1, 0, 0, None));
    page.ask(Request::KeepState);
    page.edit("FROM alpine\nCOPY main.go /y\n");
    assert_eq!(changed(&mut page, Comparand::Kept), (0, 1, 0, None));
    let nowhere = changed(&mut page, Comparand::Image("there.is/no:such".into())).3;
    assert!(nowhere.is_some(), "{nowhere:?}");
    explore(&mut page, ExplorerRequest::Compare(None));
    assert_eq!(page.explorer.comparison, None);
}

#[test]
fn a_file_of_a_package_names_it_and_a_volume_hides_what_is_below_it() {
    let text = "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl\nVOLUME /data\n\
                COPY hello.txt /data/\n";
    let mut page = explored(text);
    explore(&mut page, ExplorerRequest::Inspect(Some("/usr/bin/curl".into())));
    let file = page.explorer.file.clone().expect("a file");
    assert_eq!((file.package.as_deref(), file.history[0].line), (Some("curl"), Some(2)));
    // What is listed of a package counts once.
    explore(&mut page, ExplorerRequest::SelectLayer(Some(1)));
    explore(&mut page, ExplorerRequest::ShowChanges([true, true, false, false]));
    let (files, layer) = (page.explorer.rows.iter().map(|row| row.bytes).sum::<u64>(), &page.explorer.layers[1].size);
    let bytes = layer.bytes.or(layer.at_least).expect("a size");
    assert!(files.abs_diff(bytes) * 50 < bytes, "{files} of {bytes}");
    explore(&mut page, ExplorerRequest::Inspect(Some("/data/hello.txt".into())));
    assert_eq!(page.explorer.file.clone().and_then(|file| file.hidden_by).as_deref(), Some("/data"));
}

#[test]
fn a_workspace_that_is_opened_has_no_image_of_the_one_before() {
    let mut page = explored("FROM alpine\nCOPY hello.txt /x\n");
    let mut workspace: Workspace = page.workspace.clone();
    workspace.write("Dockerfile", "FROM scratch\nCOPY hello.txt /z\n".into());
    page.load(workspace);
    explore(&mut page, ExplorerRequest::Compare(Some(Comparand::Kept)));
    assert_eq!(page.explorer.counts[0].0 + page.explorer.counts[2].0, 0, "it is the image as it was opened");
}

#[test]
fn the_largest_parts_are_what_only_the_build_needs_and_the_largest_files_are_listed() {
    let mut page = explored(
        "FROM golang:1.22-alpine\nRUN apk add gcc musl-dev\nCOPY hello.txt /\nCMD [\"cat\", \"/hello.txt\"]\n",
    );
    let parts = &page.outcome().build_only;
    let kinds: Vec<(&str, &str, Option<usize>)> =
        parts.iter().map(|part| (part.name.as_str(), part.kind.as_str(), part.line)).collect();
    assert_eq!(kinds.first(), Some(&("golang:1.22-alpine", "base", None)), "{kinds:?}");
    assert!(kinds.contains(&("gcc", "tool", Some(2))), "{kinds:?}");
    let largest = &page.explorer.largest;
    assert!(!largest.is_empty() && largest.iter().all(|(path, size)| path.starts_with('/') && !size.is_empty()));
    page.edit("FROM golang:1.22-alpine\nCMD [\"go\", \"version\"]\n");
    assert!(page.outcome().build_only.is_empty(), "it starts go: {:?}", page.outcome().build_only);
    page.edit("FROM golang:1.22-alpine AS b\nFROM alpine\nCOPY --from=b /etc/passwd /x\nCMD [\"cat\", \"/x\"]\n");
    assert!(page.outcome().build_only.is_empty(), "{:?}", page.outcome().build_only);
}
