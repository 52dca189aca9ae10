//! What the operator says about OBI on this host.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Map, Value};

use super::launch::Launcher;
use crate::output::Redactor;

pub struct Settings {
    /// OBI, when a call names no other.
    pub binary: PathBuf,
    /// Whose files a call may name as a configuration.
    pub config_dirs: Vec<PathBuf>,
    /// Where configurations, the log and the number of the process are kept.
    pub folder: PathBuf,
    /// OBI's configuration, when a call gives none; empty for none.
    pub configuration: Map<String, Value>,
    /// What every OBI gets of this server's own environment.
    pub environment: BTreeMap<String, String>,
    /// Variables of this server's environment that OBI would listen to, and does not get.
    pub withheld: Vec<String>,
    pub launcher: Launcher,
    pub redactor: Redactor,
}
