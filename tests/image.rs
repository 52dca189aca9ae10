//! The image, as far as its description says: that it is the one which the manifests run, and that nothing is missing to build it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where it fails"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;
use serde_json::{Value, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The instructions of the Dockerfile, each on one line, without comments.
fn instructions() -> Vec<String> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    lines.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What stands behind the last instruction of that name.
fn last(name: &str) -> String {
    let instructions = instructions();
    let rest = instructions.iter().rev().find_map(|it| it.strip_prefix(&format!("{name} ")));
    rest.unwrap_or_else(|| panic!("no {name}")).to_owned()
}

fn pod() -> Value {
    let deployment: Value =
        serde_saphyr::from_str(&read("manifests/tacklebox/deployment.yaml")).unwrap();
    deployment["spec"]["template"]["spec"].clone()
}

#[test]
fn the_image_runs_as_whom_the_deployment_says() {
    let context = &pod()["securityContext"];
    assert_eq!(context["runAsNonRoot"], true);
    assert_eq!(last("USER"), format!("{}:{}", context["runAsUser"], context["runAsGroup"]));
}

#[test]
fn the_entry_point_is_the_program_and_the_deployment_gives_it_arguments_that_it_takes() {
    let entry: Vec<String> = serde_json::from_str(&last("ENTRYPOINT")).unwrap();
    assert_eq!(last("COPY"), format!("--from=build /tacklebox {}", entry[0]));
    let container = &pod()["containers"][0];
    // A command would take the place of the entry point.
    assert_eq!((entry.len(), &container["command"]), (1, &Value::Null));
    assert!(!instructions().iter().any(|it| it.starts_with("CMD")));
    assert_eq!(container["args"], json!(["serve", "--config", "/etc/tacklebox/tacklebox.yml"]));
}

#[test]
fn the_image_of_the_deployment_is_this_version_and_the_manual_says_how_to_build_it() {
    let image = concat!("tacklebox:", env!("CARGO_PKG_VERSION"));
    assert_eq!(pod()["containers"][0]["image"], image);
    let command = format!("docker build -t {image} .");
    for file in ["Dockerfile", "docs/discovery.md"] {
        assert!(read(file).contains(&command), "{file}");
    }
}

#[test]
fn the_image_is_built_by_the_toolchain_of_this_repository_on_bases_that_have_a_tag() {
    let instructions = instructions();
    let bases: Vec<&str> = instructions.iter().filter_map(|it| it.strip_prefix("FROM ")).collect();
    let toolchain = read("rust-toolchain.toml");
    let channel = Regex::new("channel = \"(.+)\"").unwrap().captures(&toolchain).unwrap();
    assert!(bases[0].starts_with(&format!("rust:{}-", &channel[1])), "{}", bases[0]);
    for base in bases {
        let tag = base.split(' ').next().unwrap().rsplit_once(':').unwrap().1;
        assert!(!tag.is_empty() && tag != "latest", "{base}");
    }
}

/// What may be copied into the image.
fn let_in() -> Vec<String> {
    let text = read(".dockerignore");
    assert!(text.lines().any(|it| it == "*"), "nothing is let in that is not named");
    text.lines().filter_map(|it| it.strip_prefix('!').map(str::to_owned)).collect()
}

#[test]
fn all_that_the_program_is_built_from_is_let_in_and_nothing_else_that_could_tell_a_secret() {
    let names = let_in();
    let mut sources = Vec::new();
    for name in &names {
        assert!(root().join(name).exists(), "{name}");
        below(&root().join(name), &mut sources);
    }
    let reads = Regex::new(r#"include_(?:str|bytes)!\("([^"]+)"\)"#).unwrap();
    for source in sources.iter().filter(|it| it.extension().is_some_and(|it| it == "rs")) {
        for found in reads.captures_iter(&fs::read_to_string(source).unwrap()) {
            let file = source.parent().unwrap().join(&found[1]).canonicalize().unwrap();
            let is_in = names.iter().any(|it| file.starts_with(root().join(it)));
            assert!(is_in, "{} reads {}", source.display(), file.display());
        }
    }
    let cargo = read("Cargo.toml");
    let paths = Regex::new(r#"path = "([^"]+)""#).unwrap();
    for found in paths.captures_iter(&cargo).filter(|it| &it[1] != ".") {
        let is_in = names.iter().any(|it| Path::new(&found[1]).starts_with(it));
        assert!(is_in, "{}", &found[1]);
    }
    let known = ["Cargo.toml", "Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT"];
    let known = [
        &known[..],
        &["config.example.yml", "src", "benches", "tests/cluster", "tests/obi", "docs/obi.md"],
        &["manifests/obi"],
    ]
    .concat();
    assert_eq!(names, known);
}

fn below(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        return files.push(path.to_owned());
    }
    for entry in fs::read_dir(path).unwrap() {
        below(&entry.unwrap().path(), files);
    }
}
