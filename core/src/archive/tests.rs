//! Archives made here, byte by byte: good ones and hostile ones.

use super::*;
use crate::fs::{Content, Kind, Memory, Source, Tree};
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// One entry of a tar: type, name, mode, link, bytes.
type Item<'a> = (u8, &'a str, u32, &'a str, &'a [u8]);

fn header(kind: u8, name: &str, mode: u32, link: &str, size: usize) -> [u8; 512] {
    let mut block = [0_u8; 512];
    let mut set = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    set(0, name.as_bytes());
    set(100, format!("{mode:07o}").as_bytes());
    set(108, b"0000003");
    set(116, b"0000004");
    set(124, format!("{size:011o}").as_bytes());
    set(148, b"        ");
    set(156, &[kind]);
    set(157, link.as_bytes());
    set(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn tar(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, name, mode, link, data) in items {
        bytes.extend(header(*kind, name, *mode, link, data.len()));
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn source(bytes: Vec<u8>) -> Arc<dyn Source> {
    Arc::new(Memory(bytes.into()))
}

/// A `docker save` archive of layers.
fn saved(layers: &[Vec<u8>]) -> Vec<u8> {
    let names: Vec<String> = (0..layers.len()).map(|index| format!("{index}/layer.tar")).collect();
    let history: Vec<_> = (0..layers.len()).map(|index| json!({ "created_by": format!("step {index}") })).collect();
    let config = json!({ "config": { "Env": ["A=b"], "Cmd": ["/x"], "User": "7" }, "history": history }).to_string();
    let manifest = json!([{ "Config": "c.json", "RepoTags": ["a:1"], "Layers": names }]).to_string();
    let mut items: Vec<Item> =
        vec![(b'0', "manifest.json", 0o644, "", manifest.as_bytes()), (b'0', "c.json", 0o644, "", config.as_bytes())];
    items.extend(names.iter().zip(layers).map(|(name, layer)| -> Item { (b'0', name, 0o644, "", layer) }));
    tar(&items)
}

fn image(layers: &[Vec<u8>]) -> crate::image::Image {
    Archive::open(source(saved(layers))).unwrap().image().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn layers_are_stacked_with_whiteouts_and_opaque_folders() {
    let lower = tar(&[
        (b'5', "d/", 0o755, "", b""),
        (b'0', "d/gone", 0o644, "", b"1"),
        (b'0', "d/kept", 0o4755, "", b"22"),
        (b'0', "e/old", 0o644, "", b"3"),
        (b'2', "l", 0o777, "d/kept", b""),
        (b'1', "h", 0o644, "d/kept", b""),
        (b'3', "null", 0o666, "", b""),
    ]);
    let upper = tar(&[
        (b'0', "d/.wh.gone", 0, "", b""),
        (b'5', "e/", 0o755, "", b""),
        (b'0', "e/.wh..wh..opq", 0, "", b""),
        (b'0', "e/new", 0o644, "", b"44"),
    ]);
    let image = image(&[lower, upper]);
    let text =
        |path: &str| image.tree.stat("/", path).ok().and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec));
    assert_eq!((text("/d/gone"), text("/e/old")), (None, None));
    assert_eq!(
        (text("/l"), text("/h"), text("/e/new")),
        (Some(b"22".to_vec()), Some(b"22".to_vec()), Some(b"44".to_vec()))
    );
    let node = image.tree.get("/d/kept").unwrap();
    assert_eq!((node.mode, node.uid, node.gid), (0o4755, 3, 4));
    assert!(matches!(image.tree.get("/null").unwrap().kind, Kind::Special(_)));
    assert_eq!((image.config.user.as_str(), image.layers.len()), ("7", 2));
    assert_eq!(image.layers[1].created_by, "step 1");
    assert_eq!(image.layers[1].size, crate::measure::Size::exact(2));
}

#[test]
fn compressed_layers_and_archives_are_read() {
    let layer = tar(&[(b'0', "a", 0o644, "", b"hello")]);
    let image = image(&[gzip(&layer)]);
    assert_eq!(image.tree.get("/a").unwrap().content().unwrap().bytes(), Some(b"hello".as_slice()));
    let packed = Archive::open(source(gzip(&saved(&[layer])))).unwrap();
    assert_eq!((packed.layers.len(), packed.tags.as_slice()), (1, ["a:1".to_string()].as_slice()));
}

#[test]
fn an_oci_layout_is_read_and_the_platform_chosen() {
    let layer = gzip(&tar(&[(b'0', "a", 0o644, "", b"amd64")]));
    let blob = |name: &str| json!({ "digest": format!("sha256:{name}") });
    let index = json!({ "manifests": [
        { "digest": "sha256:arm", "platform": { "os": "linux", "architecture": "arm64" } },
        { "digest": "sha256:amd", "platform": { "os": "linux", "architecture": "amd64" } },
    ] });
    let manifest = json!({ "config": blob("config"), "layers": [blob("layer")] });
    let files = [
        ("index.json", index.to_string().into_bytes()),
        ("blobs/sha256/amd", manifest.to_string().into_bytes()),
        ("blobs/sha256/config", json!({ "config": {} }).to_string().into_bytes()),
        ("blobs/sha256/layer", layer),
    ];
    let archive = Archive::open_folder(files.map(|(name, bytes)| (name.to_string(), source(bytes)))).unwrap();
    let image = archive.image().unwrap();
    assert_eq!(image.tree.get("/a").unwrap().content().unwrap().bytes(), Some(b"amd64".as_slice()));
}

/// An OCI layout: `index.json`, and blobs by their names.
fn layout(index: &serde_json::Value, blobs: &[(&str, serde_json::Value)]) -> Vec<(String, Arc<dyn Source>)> {
    let blobs = blobs.iter().map(|(name, json)| (format!("blobs/sha256/{name}"), json));
    let files = blobs.chain([("index.json".to_string(), index)]);
    files.map(|(name, json)| (name, source(json.to_string().into_bytes()))).collect()
}

fn manifest(config: &str) -> serde_json::Value {
    json!({ "config": { "digest": format!("sha256:{config}") }, "layers": [] })
}

fn config(architecture: &str) -> serde_json::Value {
    json!({ "os": "linux", "architecture": architecture })
}

#[test]
fn all_images_of_an_oci_layout_are_read() {
    let named = |digest: &str, key: &str, name: &str| json!({ "digest": digest, "annotations": { key: name } });
    let index = json!({ "manifests": [
        named("sha256:one", "org.opencontainers.image.ref.name", "a:1"),
        named("sha256:both", "io.containerd.image.name", "docker.io/library/b:2"),
        named("sha256:one", "org.opencontainers.image.ref.name", "a:2"),
        named("sha256:proof", "vnd.docker.reference.type", "attestation-manifest"),
    ] });
    let both =
        json!({ "manifests": [{ "digest": "sha256:amd" }, { "digest": "sha256:arm" }, { "digest": "sha256:absent" }] });
    let blobs = [
        ("one", manifest("c1")),
        ("both", both),
        ("amd", manifest("c2")),
        ("arm", manifest("c3")),
        ("c1", config("riscv64")),
        ("c2", config("amd64")),
        ("c3", config("arm64")),
    ];
    let all = Archive::open_folder_all(layout(&index, &blobs)).unwrap();
    let found: Vec<_> =
        all.iter().map(|one| (one.config()["architecture"].as_str().unwrap(), one.tags.join(" "))).collect();
    let b = "docker.io/library/b:2".to_string();
    assert_eq!(found, [("riscv64", "a:1 a:2".to_string()), ("amd64", b.clone()), ("arm64", b)]);
    assert_eq!(all[1].digests, ["sha256:both", "sha256:amd"]);
    // What index.json names itself must be there.
    let index = json!({ "manifests": [{ "digest": "sha256:absent" }] });
    assert!(Archive::open_folder_all(layout(&index, &blobs)).unwrap_err().to_string().contains("absent"));
}

#[test]
fn the_images_of_an_archive_are_bounded() {
    let manifests: Vec<_> = (0..2_000).map(|number| json!({ "digest": format!("sha256:{number}") })).collect();
    let blobs: Vec<_> = (0..2_000).map(|number| number.to_string()).collect();
    let mut blobs: Vec<_> = blobs.iter().map(|name| (name.as_str(), manifest("c"))).collect();
    blobs.push(("c", config("amd64")));
    let error = Archive::open_folder_all(layout(&json!({ "manifests": manifests }), &blobs)).unwrap_err();
    assert!(error.to_string().contains("more than 1000 images"), "{error}");
    let index = json!({ "manifests": [{ "digest": "sha256:loop" }] });
    let error = Archive::open_folder_all(layout(&index, &[("loop", index.clone())])).unwrap_err();
    assert!(error.to_string().contains("names no manifest") || error.to_string().contains("index to index"), "{error}");
}

#[test]
fn all_images_of_docker_save_are_read() {
    let manifest = json!([
        { "Config": "a.json", "RepoTags": ["a:1"], "Layers": [] },
        { "Config": "b.json", "RepoTags": ["b:1", "b:2"], "Layers": [] },
    ]);
    let config = config("amd64").to_string();
    let other = json!({ "architecture": "arm64" }).to_string();
    let bytes = tar(&[
        (b'0', "manifest.json", 0o644, "", manifest.to_string().as_bytes()),
        (b'0', "a.json", 0o644, "", config.as_bytes()),
        (b'0', "b.json", 0o644, "", other.as_bytes()),
    ]);
    let all = Archive::open_all(source(bytes)).unwrap();
    assert_eq!(all.iter().map(|one| one.tags.join(" ")).collect::<Vec<_>>(), ["a:1", "b:1 b:2"]);
    let none = tar(&[(b'0', "manifest.json", 0o644, "", b"[]")]);
    assert!(Archive::open_all(source(none)).is_err());
}

#[test]
fn efficiency_and_waste_are_dives() {
    let one = tar(&[
        (b'0', "twice", 0o644, "", &[1; 100]),
        (b'0', "gone", 0o644, "", &[2; 50]),
        (b'5', "folder/", 0o755, "", b""),
        (b'0', "folder/a", 0o644, "", &[3; 30]),
    ]);
    let two = tar(&[
        (b'0', "twice", 0o755, "", &[1; 100]),
        (b'0', ".wh.gone", 0, "", b""),
        (b'0', ".wh.folder", 0, "", b""),
        (b'0', "new", 0o644, "", &[4; 20]),
    ]);
    let found = analyse(&Archive::open(source(saved(&[one, two]))).unwrap()).unwrap();
    // twice: 200 of 100; gone: 50 of 0; folder/a: 30 of 30; folder, removed: 30 of 30; new: 20 of 20.
    assert!((found.efficiency - 180.0 / 330.0).abs() < 1e-12, "{}", found.efficiency);
    let rows: Vec<(&str, u64, &[usize])> =
        found.wasted.iter().map(|one| (one.path.as_str(), one.bytes, one.layers.as_slice())).collect();
    assert_eq!(rows, [("/twice", 200, [0, 1].as_slice()), ("/gone", 50, [0, 1].as_slice())]);
    assert_eq!(found.wasted_bytes, 250);
    let layer = &found.layers[1];
    assert_eq!((layer.size, layer.entries, layer.added, layer.changed, layer.removed), (120, 4, 1, 1, 2));
    assert!((found.user_wasted().unwrap() - 250.0 / 120.0).abs() < 1e-12);
}

#[test]
fn a_simulated_image_is_scored_as_its_archive_is() {
    let layers = [
        tar(&[(b'0', "a", 0o644, "", &[1; 100]), (b'5', "d/", 0o755, "", b""), (b'0', "d/x", 0o644, "", &[2; 9])]),
        tar(&[(b'0', "a", 0o755, "", &[1; 100]), (b'0', ".wh.d", 0, "", b"")]),
    ];
    let archive = Archive::open(source(saved(&layers))).unwrap();
    let (one, two) = (analyse(&archive).unwrap(), analyse_image(&archive.image().unwrap()));
    assert_eq!((one.efficiency, one.wasted), (two.efficiency, two.wasted));
}

#[test]
fn names_cannot_leave_the_root() {
    let layer = tar(&[
        (b'0', "../../etc/passwd", 0o644, "", b"a"),
        (b'0', "/abs", 0o644, "", b"b"),
        (b'2', "up", 0o777, "../../../..", b""),
        (b'0', "up/escaped", 0o644, "", b"c"),
        (b'2', "loop", 0o777, "loop", b""),
    ]);
    let image = image(&[layer]);
    let paths: Vec<&str> = image.tree.walk("/").map(|(path, _)| &**path).collect();
    assert_eq!(paths, ["/", "/abs", "/escaped", "/etc", "/etc/passwd", "/loop", "/up"]);
}

#[test]
fn damaged_archives_are_refused_with_their_place() {
    let error = |bytes: Vec<u8>| match Archive::open(source(bytes)) {
        Err(error) => error.to_string(),
        Ok(archive) => match archive.image().map(drop).and_then(|()| analyse(&archive).map(drop)) {
            Err(error) => error.to_string(),
            Ok(()) => "nothing".into(),
        },
    };
    assert!(error(b"hello".to_vec()).contains("ends in the middle"), "{}", error(b"hello".to_vec()));
    assert!(error(vec![7; 2048]).starts_with("byte 0: no tar header"));
    assert!(error(tar(&[(b'0', "a", 0o644, "", b"")])).contains("neither manifest.json"));
    let good = saved(&[tar(&[(b'0', "a", 0o644, "", &[0; 4000])])]);
    assert!(error(good[..good.len() - 3000].to_vec()).contains("ends in the middle"));
    let mut layer = tar(&[(b'0', "a", 0o644, "", b"x"), (b'0', "b", 0o644, "", b"y")]);
    layer[1024 + 3] ^= 1;
    assert_eq!(error(saved(&[layer])), "0/layer.tar, byte 1024: no tar header: the check sum is wrong");
    assert!(error(saved(&[tar(&[(b'1', "h", 0o644, "nowhere", b"")])])).contains("/nowhere"));
    assert!(
        error(saved(&[tar(&[(b'0', "f", 0o644, "", b""), (b'0', "f/below", 0o644, "", b"")])]))
            .contains("Not a directory")
    );
    assert!(error(saved(&[gzip(b"no tar at all, and long enough for a header is not")])).contains("0/layer.tar"));
    let manifest = json!([{ "Config": "c.json", "Layers": ["nope"] }]).to_string();
    let missing = tar(&[(b'0', "manifest.json", 0o644, "", manifest.as_bytes()), (b'0', "c.json", 0o644, "", b"{}")]);
    assert_eq!(error(missing), "nope: is named and not in the archive");
}

#[test]
fn a_bomb_is_stopped() {
    let zeros = gzip(&vec![0; 1 << 20]);
    let result =
        compression::unpack(Compression::Gzip, &Memory(zeros.as_slice().into()), 0, zeros.len() as u64, 1 << 16);
    assert!(result.unwrap_err().what.contains("larger"));
    // A header that claims more than there is.
    let mut layer = header(b'0', "huge", 0o644, "", 0o7777_7777).to_vec();
    layer.resize(2048, 0);
    let archive = Archive::open(source(saved(&[layer]))).unwrap();
    assert!(analyse(&archive).unwrap_err().what.contains("ends in the middle"));
}

#[test]
fn add_tells_archives_from_other_files() {
    let plain = tar(&[(b'0', "a", 0o644, "", b"x")]);
    for (bytes, expected) in [
        (plain.clone(), true),
        (gzip(&plain), true),
        (gzip(b"just text"), false),
        (b"text".to_vec(), false),
        (vec![1; 4096], false),
    ] {
        assert_eq!(is_archive(&Content::inline(bytes.clone())), Some(expected), "{} bytes", bytes.len());
    }
    assert_eq!(is_archive(&Content::unknown("why")), None);
    let mut tree = Tree::new();
    tree.mkdir("/to", 0o755, 0, 0).unwrap();
    let packed = Content::inline(gzip(&plain));
    assert_eq!(extract(&packed, &mut tree, "/to", Some((8, 9)), 1 << 20).unwrap(), plain.len() as u64);
    assert!(extract(&packed, &mut tree, "/to", None, plain.len() as u64 - 1).is_err());
    let node = tree.get("/to/a").unwrap();
    assert_eq!((node.uid, node.gid, node.content().unwrap().bytes()), (8, 9, Some(b"x".as_slice())));
}

/// Several small layers may unpack to as much as they like, each by itself within its bound.
#[test]
fn compressed_layers_are_bounded_together() {
    let layer = |name: &str| gzip(&tar(&[(b'0', name, 0o644, "", &[0; 300_000])]));
    let archive = Archive::open(source(saved(&[layer("a"), layer("b"), layer("c")]))).unwrap();
    let within = |bytes: u64| archive.image_within(&mut Limits::default().unpacking(bytes));
    assert_eq!(within(1 << 20).unwrap().layers.len(), 3);
    let error = within(700_000).unwrap_err();
    assert!(error.what.starts_with("the compressed layers unpack to more than"), "{}", error.what);
}

/// Entries whose names and links may be long: kind, name, link.
fn long_tar(entries: &[(u8, String, String)]) -> Vec<u8> {
    let mut items: Vec<Item> = Vec::new();
    for (kind, name, link) in entries {
        items.push((b'L', "long", 0, "", name.as_bytes()));
        items.push((b'K', "long", 0, "", link.as_bytes()));
        items.push((*kind, "short", 0o755, "", b""));
    }
    tar(&items)
}

/// A tree of folders is read in time linear in what its names weigh: 1,000 deep, with a file in each, and
/// something hidden and linked again on the way. With the fourth power of the depth this test has no end.
#[test]
fn deep_folders_are_read_at_once() {
    let names: Vec<String> = (1..=1_000).map(|depth| "a/".repeat(depth)).collect();
    let mut entries: Vec<(u8, String, String)> = names.iter().map(|name| (b'5', name.clone(), String::new())).collect();
    entries.extend(names.iter().rev().take(500).map(|name| (b'0', format!("{name}z"), String::new())));
    let link = format!("{}z", names.last().unwrap());
    entries.extend(names.iter().rev().take(500).map(|name| (b'1', format!("{name}y"), link.clone())));
    let layer = long_tar(&entries);
    let hiding: Vec<_> =
        names.iter().rev().take(500).map(|name| (b'0', format!("{name}.wh.z"), String::new())).collect();
    let archive = Archive::open(source(saved(&[layer, long_tar(&hiding)]))).unwrap();
    let image = archive.image().unwrap();
    assert_eq!(image.tree.len(), 1 + 1_000 + 500);
    let names = &mut Limits::of(10_000, 100_000);
    assert!(archive.image_within(names).unwrap_err().what.contains("too long"));
    assert_eq!(
        archive.image_within(&mut Limits::of(1_999, usize::MAX)).unwrap_err().what,
        "more than 1999 entries are not read"
    );
}

#[test]
fn a_way_that_changes_is_gone_anew() {
    let layer = tar(&[
        (b'5', "a", 0o755, "", b""),
        (b'0', "a/f", 0o644, "", b"1"),
        (b'5', "b", 0o755, "", b""),
        (b'2', "a", 0o777, "b", b""),
        (b'0', "a/g", 0o644, "", b"2"),
        (b'1', "h", 0o644, "a/g", b""),
    ]);
    let tree = Archive::open(source(saved(&[layer]))).unwrap().image().unwrap().tree;
    assert!(tree.get("/b/g").is_some() && tree.get("/a/f").is_none() && tree.get("/h").is_some());
}
