use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::config::{Config, Environment, Loaded, Mode, Problems, load};

/// A working directory and a home, both empty.
struct World {
    root: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl World {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        fs::create_dir_all(root.path().join("work")).unwrap();
        let home = root.path().join("home").display().to_string();
        Self { root, variables: vec![("HOME", home)] }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn file(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn load(&self, explicit: Option<&Path>) -> Result<Loaded, Problems> {
        let environment = Environment::from_iter(self.variables.clone());
        load(explicit, &environment.in_directory(self.root.path().join("work")))
    }

    fn refusal(&self, explicit: Option<&Path>) -> String {
        let root = self.root.path().display().to_string();
        self.load(explicit).unwrap_err().to_string().replace(&root, "ROOT")
    }
}

#[test]
fn without_a_file_the_defaults_hold_in_the_users_home() {
    let world = World::new();
    let loaded = world.load(None).unwrap();
    assert_eq!(loaded.source, None);
    assert_eq!(loaded.config, Config::default().expanded(&world.root.path().join("home")));
    assert!(loaded.config.toolsets.local.state_dir.starts_with(world.root.path()));
}

#[test]
fn the_first_file_in_the_order_of_search_is_read() {
    let world = World::new();
    let found = |world: &World, explicit: Option<&Path>| world.load(explicit).unwrap().source;
    let users = world.file("home/.config/tacklebox/config.yml", "");
    assert_eq!(found(&world, None), Some(users));
    let local = world.file("work/tacklebox.yml", "policy: {mode: read_only}");
    assert_eq!(found(&world, None), Some(local));
    assert_eq!(world.load(None).unwrap().config.policy.mode, Mode::ReadOnly);
    let named = world.file("named.yml", "");
    let world = world.with("TACKLEBOX_CONFIG", named.display().to_string());
    assert_eq!(found(&world, None), Some(named));
    let explicit = world.file("work/explicit.yml", "");
    assert_eq!(found(&world, Some(Path::new("explicit.yml"))), Some(explicit));
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let world = World::new();
    assert_eq!(
        world.refusal(Some(Path::new("other.yml"))),
        "other.yml: there is no such file: write one with `tacklebox init`, or correct --config or TACKLEBOX_CONFIG"
    );
    let world = world.with("TACKLEBOX_CONFIG", "~/gone.yml");
    assert!(world.refusal(None).starts_with("ROOT/home/gone.yml: there is no such file"));
}

#[test]
fn a_directory_is_no_file() {
    let world = World::new();
    world.file("work/etc/config.yml", "");
    assert_eq!(
        world.refusal(Some(Path::new("etc"))),
        "etc: this is a directory: name the file in it, such as ROOT/work/etc/config.yml"
    );
}

#[test]
fn what_is_not_text_is_refused() {
    let world = World::new();
    world.file("work/tacklebox.yml", b"log: {}\n# \xff\n");
    assert_eq!(world.refusal(None), "tacklebox.yml: is not UTF-8 text (byte 10): save it as UTF-8");
}

#[test]
fn a_secret_that_the_environment_does_not_have_is_named_with_its_place() {
    let world = World::new();
    world
        .file("work/tacklebox.yml", "server:\n  tokens:\n    - {name: ci, value: '${CI_TOKEN}'}\n");
    assert_eq!(
        world.refusal(None),
        "tacklebox.yml:3:25: server.tokens[0].value: the environment variable CI_TOKEN is not set"
    );
    assert!(world.with("CI_TOKEN", "s3cret").load(None).is_ok());
}

#[test]
fn an_old_file_is_refused_with_the_command_that_migrates_it() {
    let world = World::new();
    world.file("work/config/obi-mcp-config.yml", "network:\n  enable: true\n");
    assert_eq!(
        world.refusal(Some(Path::new("config/obi-mcp-config.yml"))),
        "config/obi-mcp-config.yml:1:1: this is a configuration of obi-mcp; run: tacklebox migrate config/obi-mcp-config.yml > tacklebox.yml"
    );
}
