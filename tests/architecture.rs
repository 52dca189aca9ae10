//! Who may name whom. The compiler cannot say this inside one crate, so a test does.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

/// Every module at the root of `src/`, and the siblings that it may name. `app` and `cli` stand above all others.
const ARROWS: &[(&str, &[&str])] = &[
    ("content", &[]),
    ("nearest", &[]),
    ("telemetry", &[]),
    ("tree", &["content"]),
    ("config", &["nearest", "obi", "tree"]),
    ("obi", &["nearest", "tree"]),
    ("random", &[]),
    ("output", &["random"]),
    ("tool", &["nearest", "output", "random"]),
    ("blank", &[]),
    ("prompt", &["blank", "output", "tool"]),
    ("resource", &["blank", "output", "tool"]),
    ("endpoint", &["output", "resource", "tool"]),
    ("k8s", &["content", "nearest", "output", "tool"]),
    (
        "toolsets",
        &[
            "blank", "content", "endpoint", "k8s", "nearest", "obi", "output", "prompt", "random",
            "resource", "tool", "tree",
        ],
    ),
    ("policy", &["blank", "endpoint", "output", "prompt", "resource", "tool"]),
    (
        "registry",
        &[
            "blank", "endpoint", "nearest", "output", "policy", "prompt", "resource", "tool",
            "toolsets",
        ],
    ),
    (
        "server",
        &[
            "blank", "endpoint", "nearest", "output", "policy", "prompt", "random", "registry",
            "resource", "tool", "toolsets",
        ],
    ),
];

const ABOVE: [&str; 4] = ["app", "cli", "lib", "main"];

#[test]
fn modules_name_only_what_lies_below_them() {
    for (module, allowed) in ARROWS {
        for file in sources(module) {
            for sibling in siblings(&code(&file)) {
                let fine = sibling == *module || allowed.contains(&sibling.as_str());
                assert!(fine, "{}: {module} may not name {sibling}", file.display());
            }
        }
    }
}

#[test]
fn every_module_has_its_place_in_the_picture() {
    let named: BTreeSet<&str> = ARROWS.iter().map(|(it, _)| *it).chain(ABOVE).collect();
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(named.contains(module.as_str()), "{module} has no arrows in this test");
    }
}

#[test]
fn only_the_server_names_the_protocol_and_the_web() {
    for (module, _) in ARROWS.iter().filter(|(it, _)| *it != "server") {
        for file in sources(module) {
            let code = code(&file);
            for krate in ["rmcp::", "axum::"] {
                assert!(!code.contains(krate), "{} names {krate}", file.display());
            }
        }
    }
}

#[test]
fn only_what_is_about_clusters_and_the_toolsets_name_kubernetes() {
    for (module, _) in ARROWS.iter().filter(|(it, _)| !["k8s", "toolsets"].contains(it)) {
        for file in sources(module) {
            let code = code(&file);
            for krate in ["kube::", "k8s_openapi::"] {
                assert!(!code.contains(krate), "{} names {krate}", file.display());
            }
        }
    }
}

#[test]
fn clients_of_clusters_are_made_behind_the_guard_and_nowhere_else() {
    let place = Path::new("k8s/clients/connect.rs");
    for file in below(&root()).iter().filter(|it| !it.ends_with(place)) {
        let code = code(file);
        for maker in ["ClientBuilder::", "Client::try_from", "Client::new("] {
            assert!(!code.contains(maker), "{} makes a client by {maker}", file.display());
        }
    }
}

/// Whoever else asked in its own name would ask with the server's rights where each caller has to have their own.
#[test]
fn a_cluster_is_asked_on_nobodys_behalf_by_its_probe_and_by_nothing_else() {
    let (toolset, clusters) = (root().join("toolsets/kubernetes"), root().join("k8s"));
    let (probe, door) = (toolset.join("mod.rs"), clusters.join("clients/mod.rs"));
    let files = below(&toolset).into_iter().chain(below(&clusters));
    for file in files.filter(|it| *it != probe) {
        let code = code(&file);
        let is_door = file == door;
        assert!(!code.contains("Session::detached"), "{} speaks for nobody", file.display());
        assert!(is_door || !code.contains("own_cluster"), "{} asks for itself", file.display());
    }
}

#[test]
fn no_toolset_names_another() {
    let toolsets = root().join("toolsets");
    let names: Vec<String> = fs::read_dir(&toolsets)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_dir())
        .map(|it| it.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    for name in &names {
        for file in below(&toolsets.join(name)) {
            let code = code(&file);
            for other in names.iter().filter(|it| *it != name) {
                let path = format!("toolsets::{other}");
                assert!(!code.contains(&path), "{} names {path}", file.display());
            }
        }
    }
}

/// The text of a file without its tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    // A test module in a file of its own is only declared here; what follows it counts.
    let declared = Regex::new(r"#\[cfg\(test\)\]\s*(pub(\(\w+\))? )?mod \w+;").unwrap();
    let text = declared.replace_all(&text, "");
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

/// The modules that `crate::a::b` and `use crate::{a::b, c::{d, e}}` name.
fn siblings(code: &str) -> BTreeSet<String> {
    let direct = Regex::new(r"\bcrate::(\w+)").unwrap();
    let direct = direct.captures_iter(code).map(|it| it[1].to_owned());
    let groups = code.split("crate::{").skip(1).flat_map(first_words);
    direct.chain(groups).collect()
}

/// The first word of every item of a list in braces, whose opening brace is already read.
fn first_words(list: &str) -> Vec<String> {
    let mut depth = 1;
    let mut items = vec![String::new()];
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => items.push(String::new()),
            other => items.last_mut().unwrap().push(other),
        }
        if depth == 0 {
            break;
        }
    }
    let word = |item: &String| item.trim().split("::").next().unwrap().to_owned();
    items.iter().map(word).filter(|it| !it.is_empty()).collect()
}

#[test]
fn the_reader_of_this_test_finds_every_way_to_name_a_module() {
    let code = "use crate::a; use crate::{b::c, d::{e, f},\n g};\nfn h() -> crate::i::J {}";
    let found: Vec<String> = siblings(code).into_iter().collect();
    assert_eq!(found, ["a", "b", "d", "g", "i"]);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(module: &str) -> Vec<PathBuf> {
    let file = root().join(format!("{module}.rs"));
    let mut files: Vec<PathBuf> = file.exists().then_some(file).into_iter().collect();
    files.extend(below(&root().join(module)));
    assert!(!files.is_empty(), "there is no module {module}");
    files
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(below(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && !is_test(&path) {
            files.push(path);
        }
    }
    files
}

fn is_test(path: &Path) -> bool {
    let folders = ["tests", "world"];
    path.ends_with("tests.rs") || path.iter().any(|it| folders.iter().any(|folder| it == *folder))
}
