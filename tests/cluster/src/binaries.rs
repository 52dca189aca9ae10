//! The programs of the control plane, built from their Go modules.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::component::Component;

/// The version of Kubernetes, as the API server reports it.
pub const VERSION: &str = "v1.36.3";

/// The module whose `tool` lines name what is built.
const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/go");
const PINS: [&str; 2] = [include_str!("../go/go.mod"), include_str!("../go/go.sum")];

/// What the simulated kubelet is told by its own project's files, below `kustomize/` in its module.
pub(crate) const KWOK_FILES: [&str; 9] = [
    "stage/pod/fast/pod-ready.yaml",
    "stage/pod/fast/pod-complete.yaml",
    "stage/pod/fast/pod-delete.yaml",
    "stage/node/fast/node-initialize.yaml",
    "stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "metrics/usage/usage-from-annotation.yaml",
    "metrics/resource/metrics-resource.yaml",
    "crd/bases/kwok.x-k8s.io_logs.yaml",
    "crd/bases/kwok.x-k8s.io_execs.yaml",
];

/// The folder of the built programs.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The program of a component.
    pub fn component(&self, component: Component) -> PathBuf {
        self.folder.join("bin").join(component.program())
    }

    /// The `kubectl` of the same version.
    pub fn kubectl(&self) -> PathBuf {
        self.folder.join("bin/kubectl")
    }

    /// The text of one of [`KWOK_FILES`].
    pub(crate) fn kwok_file(&self, name: &str) -> Result<String> {
        let path = self.folder.join("kwok").join(flat(name));
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(self.stamp_file()).is_ok_and(|it| it == stamp())
            && Component::ALL.into_iter().all(|it| self.component(it).exists())
            && self.kubectl().exists()
    }

    fn stamp_file(&self) -> PathBuf {
        self.folder.join("built-from")
    }
}

/// Builds the programs unless they are there and current, saying so on stderr.
#[expect(clippy::print_stderr, reason = "minutes of silence look like a hang")]
pub fn build() -> Result<Binaries> {
    build_with(|line| eprintln!("{line}"))
}

/// Builds the programs unless they are there and current, and hands each line of progress to `report`.
///
/// About six minutes the first time, then milliseconds. Processes that ask at the same time build once.
pub fn build_with(mut report: impl FnMut(&str)) -> Result<Binaries> {
    let binaries = Binaries { folder: target_folder().join("cluster") };
    if binaries.is_current() {
        return Ok(binaries);
    }
    fs::create_dir_all(&binaries.folder)?;
    let lock = File::create(binaries.folder.join("lock"))?;
    if lock.try_lock().is_err() {
        report("waiting for another process that builds the control plane");
        lock.lock()?;
    }
    if !binaries.is_current() {
        compile(&binaries.folder.join("bin"), report)?;
        copy_kwok_files(&binaries.folder.join("kwok"))?;
        fs::write(binaries.stamp_file(), stamp())?;
    }
    Ok(binaries)
}

/// The workspace's folder for whatever is built.
pub(crate) fn target_folder() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    workspace.unwrap_or_else(|| Path::new("")).join(named)
}

/// What the programs were built from, whole: nothing to hash, and a difference can be read.
fn stamp() -> String {
    [&PINS[..], &[&linker_flags(), &KWOK_FILES.join("\n")]].concat().join("\n")
}

/// Go knows no version of a program that is built from a module cache, so it is told.
fn linker_flags() -> String {
    let version = "k8s.io/component-base/version";
    let client = "k8s.io/client-go/pkg/version";
    format!(
        "-s -w -X {version}.gitVersion={VERSION} -X {version}.gitMajor=1 -X {version}.gitMinor=36 \
         -X {client}.gitVersion={VERSION}"
    )
}

fn go(arguments: &[&str]) -> Command {
    let mut command = Command::new("go");
    command
        .args(arguments)
        .current_dir(MODULE)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-buildvcs=false")
        .env("GOTOOLCHAIN", "local");
    command
}

fn compile(output: &Path, mut report: impl FnMut(&str)) -> Result<()> {
    fs::create_dir_all(output)?;
    // The slash makes Go put several programs into a folder.
    let output = format!("{}/", output.display());
    let mut building =
        go(&["build", "-v", "-trimpath", "-ldflags", &linker_flags(), "-o", &output, "tool"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(explain_missing_go)?;
    report("building a Kubernetes control plane from its Go modules, once: about six minutes");
    let complaints = follow(building.stderr.take(), &mut report)?;
    ensure!(building.wait()?.success(), "go build failed:\n{complaints}");
    report("the control plane is built");
    Ok(())
}

/// Reports every hundredth package, and gives back the lines that name no package.
fn follow(lines: Option<impl Read>, report: &mut impl FnMut(&str)) -> Result<String> {
    let mut packages = 0_usize;
    let mut complaints = String::new();
    for line in lines.into_iter().flat_map(|it| BufReader::new(it).lines()) {
        let line = line?;
        if line.contains([' ', '\t']) && !line.starts_with("go: downloading") {
            complaints = complaints + &line + "\n";
            continue;
        }
        packages += 1;
        if packages.is_multiple_of(100) {
            report(&format!("control plane: {packages} modules and packages, now {line}"));
        }
    }
    Ok(complaints)
}

fn explain_missing_go(error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound => anyhow::anyhow!(
            "the tests against a real control plane need Go 1.26.4 or later on the PATH to build it: https://go.dev/dl"
        ),
        _ => anyhow::Error::new(error).context("starting go build"),
    }
}

fn copy_kwok_files(output: &Path) -> Result<()> {
    fs::create_dir_all(output)?;
    let listed = go(&["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"]).output()?;
    let module = String::from_utf8(listed.stdout)?;
    if module.trim().is_empty() {
        bail!("go list: {}", String::from_utf8_lossy(&listed.stderr).trim());
    }
    for name in KWOK_FILES {
        let source = Path::new(module.trim()).join("kustomize").join(name);
        // Not `fs::copy`: files of the module cache are read-only, and copies would stay so.
        let text = fs::read(&source).with_context(|| source.display().to_string())?;
        fs::write(output.join(flat(name)), text)?;
    }
    Ok(())
}

fn flat(name: &str) -> String {
    name.replace('/', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_counted_and_everything_else_is_a_complaint() {
        let packages = "k8s.io/api/core/v1\ngo: downloading k8s.io/api v0.36.3\n".repeat(60);
        let output = packages + "# k8s.io/kubectl\nmain.go:3:1: undefined: x\n";
        let mut reports = Vec::new();
        let complaints = follow(Some(output.as_bytes()), &mut |it| reports.push(it.to_owned()));
        assert_eq!(complaints.unwrap(), "# k8s.io/kubectl\nmain.go:3:1: undefined: x\n");
        assert_eq!(reports.len(), 1, "{reports:?}");
    }
}
