//! Where the kubeconfig is, what it says, and whether it has changed since.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use kube::config::{Kubeconfig, KubeconfigError};

use super::NoCluster;
use crate::k8s::settings::Settings;

/// What a pod trusts; it changes when the cluster's CA is rotated. The token beside it is read anew by the client itself.
const SERVICE_ACCOUNT_CA: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/// Where clusters are described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Merged, the first one wins.
    Files(Vec<PathBuf>),
    /// The service account that the pod runs as.
    InCluster,
}

/// What tells one state of the kubeconfig from the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Source, States);

/// What tells one state of some files from the next: when each was written, its length and its inode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct States(Vec<Option<(SystemTime, u64, u64)>>);

impl States {
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        Self(paths.iter().map(|it| state(it)).collect())
    }
}

impl Source {
    pub(super) fn find(settings: &Settings) -> Result<Self, NoCluster> {
        if let Some(path) = &settings.kubeconfig {
            return match path.try_exists() {
                Ok(true) => Ok(Self::Files(vec![path.clone()])),
                _ => Err(NoCluster::unusable(format!(
                    "the kubeconfig {} does not exist (toolsets.kubernetes.kubeconfig)",
                    path.display()
                ))),
            };
        }
        let looked_at = candidates(settings);
        let found: Vec<PathBuf> = looked_at.iter().filter(|it| it.exists()).cloned().collect();
        match (found.is_empty(), settings.environment.in_cluster) {
            (false, _) => Ok(Self::Files(found)),
            (true, true) => Ok(Self::InCluster),
            (true, false) => Err(nothing_found(&looked_at)),
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        let states = match self {
            Self::Files(paths) => States::of(paths),
            Self::InCluster => States::of(&[PathBuf::from(SERVICE_ACCOUNT_CA)]),
        };
        Stamp(self.clone(), states)
    }

    /// The merged files. Blocks on the file system.
    pub(super) fn read(&self) -> Result<Kubeconfig, NoCluster> {
        let Self::Files(paths) = self else { return Ok(Kubeconfig::default()) };
        paths.iter().try_fold(Kubeconfig::default(), |merged, path| {
            let next = Kubeconfig::read_from(path).map_err(|it| broken(path, &it))?;
            merged.merge(next).map_err(|it| broken(path, &it))
        })
    }
}

fn candidates(settings: &Settings) -> Vec<PathBuf> {
    let environment = &settings.environment;
    if environment.kubeconfig.is_empty() {
        environment.home.iter().map(|it| it.join(".kube").join("config")).collect()
    } else {
        environment.kubeconfig.clone()
    }
}

fn nothing_found(looked_at: &[PathBuf]) -> NoCluster {
    let looked_at: Vec<String> = looked_at.iter().map(|it| it.display().to_string()).collect();
    let place = match looked_at.as_slice() {
        [] => "KUBECONFIG and HOME are not set".to_owned(),
        [one] => format!("{one} does not exist"),
        several => format!("none of {} exists", several.join(", ")),
    };
    NoCluster::unusable(format!(
        "no kubeconfig found: {place}; set toolsets.kubernetes.kubeconfig or KUBECONFIG"
    ))
}

fn state(path: &Path) -> Option<(SystemTime, u64, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len(), inode(&metadata)))
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &fs::Metadata) -> u64 {
    0
}

/// Names the file and the line, and never quotes the file: it holds credentials.
pub(super) fn broken(path: &Path, error: &KubeconfigError) -> NoCluster {
    let path = path.display();
    NoCluster::unusable(match error {
        KubeconfigError::Parse(error) => {
            let place = error.without_snippet().location().map_or_else(String::new, |it| {
                format!(", line {}, column {}", it.line(), it.column())
            });
            format!("the kubeconfig {path}{place}: this is not the YAML of a kubeconfig")
        }
        KubeconfigError::ReadConfig(error, _) => {
            format!("the kubeconfig {path} cannot be read: {error}")
        }
        other => format!("the kubeconfig {path}: {other}"),
    })
}
