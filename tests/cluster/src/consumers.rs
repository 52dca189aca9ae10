//! Those who read manifests besides the API server, from their Go modules: Helm's renderer, and the definitions of operators.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::binaries::{VERSION, target_folder};

/// A program of a few lines around Helm's packages. Their versions of Kubernetes' modules are those of the control plane, so that
/// little of them is built twice.
const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/consumers");
const SOURCES: [&str; 3] = [
    include_str!("../consumers/go.mod"),
    include_str!("../consumers/go.sum"),
    include_str!("../consumers/main.go"),
];

/// Modules with definitions, and where these are in them.
const DEFINITIONS: [(&str, &str); 5] = [
    ("github.com/argoproj/argo-cd/v3@v3.2.0", "manifests/crds/application-crd.yaml"),
    (
        "github.com/fluxcd/helm-controller@v1.4.0",
        "config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml",
    ),
    (
        "github.com/fluxcd/kustomize-controller@v1.10.1",
        "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
    ),
    (
        "github.com/fluxcd/source-controller@v1.7.0",
        "config/crd/bases/source.toolkit.fluxcd.io_ocirepositories.yaml",
    ),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
];

/// The folder of what was built and copied.
#[derive(Clone, Debug)]
pub struct Consumers {
    folder: PathBuf,
}

/// Builds them unless they are there and current: about a minute the first time, then milliseconds.
pub fn consumers() -> Result<Consumers> {
    let consumers = Consumers { folder: target_folder().join("consumers") };
    if consumers.is_current() {
        return Ok(consumers);
    }
    fs::create_dir_all(&consumers.folder)?;
    let lock = File::create(consumers.folder.join("lock"))?;
    lock.lock()?;
    if !consumers.is_current() {
        consumers.build()?;
        consumers.copy_definitions()?;
        fs::write(consumers.stamp_file(), stamp())?;
    }
    Ok(consumers)
}

impl Consumers {
    /// What `helm template` prints of a chart, installed as `obi`; or why it prints nothing.
    pub fn render(&self, chart: &Path, namespace: &str, values: Option<&Path>) -> Result<String> {
        let mut helm = Command::new(self.helm());
        let output = helm.arg(chart).args([namespace, VERSION]).args(values).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "helm: {}", said.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The definitions of Argo CD's Application, of what Flux reads, and of Prometheus' `ServiceMonitor`.
    pub fn definitions(&self) -> Result<Vec<String>> {
        let files = DEFINITIONS.iter().map(|(_, file)| self.folder.join(flat(file)));
        files.map(|it| fs::read_to_string(&it).with_context(|| it.display().to_string())).collect()
    }

    fn helm(&self) -> PathBuf {
        self.folder.join("helm")
    }

    fn stamp_file(&self) -> PathBuf {
        self.folder.join("built-from")
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(self.stamp_file()).is_ok_and(|it| it == stamp()) && self.helm().exists()
    }

    fn build(&self) -> Result<()> {
        let helm = fs::canonicalize(&self.folder)?.join("helm").display().to_string();
        let arguments = ["build", "-trimpath", "-ldflags", "-s -w", "-o", &helm, "."];
        let output = go(&arguments).output().context("starting go build")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "go build failed:\n{said}");
        Ok(())
    }

    fn copy_definitions(&self) -> Result<()> {
        let cache = go(&["env", "GOMODCACHE"]).output()?;
        let cache = PathBuf::from(String::from_utf8(cache.stdout)?.trim());
        for (module, file) in DEFINITIONS {
            // One that wants a newer Go is not built here, and its files are there whatever is said of it.
            let output = go(&["mod", "download", module]).output()?;
            let source = cache.join(module).join(file);
            let text = fs::read(&source).with_context(|| {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                format!("{}: {}", source.display(), said.trim())
            })?;
            // Files of the module cache are read-only, and copies would stay so.
            fs::write(self.folder.join(flat(file)), text)?;
        }
        Ok(())
    }
}

fn go(arguments: &[&str]) -> Command {
    let mut command = Command::new("go");
    let variables: BTreeMap<&str, &str> = BTreeMap::from([
        ("CGO_ENABLED", "0"),
        ("GOFLAGS", "-buildvcs=false"),
        ("GOTOOLCHAIN", "local"),
    ]);
    command.args(arguments).current_dir(MODULE).envs(variables);
    command
}

fn stamp() -> String {
    let definitions = DEFINITIONS.map(|(module, file)| format!("{module}/{file}")).join("\n");
    [&SOURCES[..], &[&definitions]].concat().join("\n")
}

fn flat(name: &str) -> String {
    name.replace('/', "-")
}
