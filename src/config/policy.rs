use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Duration, Globs, paths::expand, text};

/// Who may do what, how much of it, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What calls may do at all.
    pub mode: Mode,
    /// When a person is asked before something is deleted or executed.
    pub confirm: Confirm,
    /// Globs `tool:kind:namespace/name` of objects whose creation or change needs a yes too.
    #[schemars(with = "Vec<text::ObjectGlob>")]
    pub confirm_also: Vec<String>,
    /// Globs of tool names.
    pub tools: Globs,
    /// Globs of the namespaces that may be read and written.
    pub namespaces: Globs,
    /// Globs `kind[.group][/subresource]` of what may be neither read nor changed.
    #[schemars(with = "Vec<text::ResourceGlob>")]
    pub deny_resources: Vec<String>,
    /// Keys of Secrets that are shown, `namespace/name:key`; all else of them, and all copies, stay redacted.
    #[schemars(with = "Vec<text::SecretKey>")]
    pub reveal_secrets: Vec<String>,
    /// How many objects one call may change or delete.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_affected: usize,
    /// Globs `kind:namespace/name` of what may be deleted although it is in kube-system or belongs to the whole cluster.
    #[schemars(with = "Vec<text::DeletableGlob>")]
    pub deletable: Vec<String>,
    /// How many calls that change something one caller may make in a minute.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub changes_per_minute: usize,
    /// How long a call may take; tools that wait for something have their own limit.
    pub call_timeout: Duration,
    /// Other limits by glob of tool name, such as `kubectl_logs: 30s`; of several that match, the longest glob holds.
    #[schemars(schema_with = "timeouts")]
    pub timeouts: BTreeMap<String, Duration>,
    /// How long an answer may be, in tokens; longer ones are cut between rows, and say so.
    #[schemars(range(min = 256, max = 1_000_000))]
    pub output_tokens: usize,
    /// How many calls of one caller may be under way; eight times as many wait for their turn, up to 10 s, and the rest are refused.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrent_calls: usize,
    /// The record of every call.
    pub audit: Audit,
}

/// What calls may do at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Only tools that change nothing exist.
    ReadOnly,
    /// Tools that change something say what they would do, and do nothing.
    DryRun,
    /// Tools that change something exist, and a person is asked as "confirm" says.
    #[default]
    Guarded,
    /// Everything is allowed and nobody is asked.
    Unguarded,
}

/// When a person is asked before something is deleted or executed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Every time; a client that cannot ask is refused.
    #[default]
    Always,
    /// When the client can ask.
    WhenPossible,
    /// Never, but for what is marked beside it.
    Never,
}

/// The record of every call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// The file that one line of JSON per call is added to, or "stderr"; null keeps no record.
    #[schemars(with = "Option<text::Path>")]
    pub file: Option<AuditSink>,
}

/// Where the record of calls goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PathBuf", into = "PathBuf")]
pub enum AuditSink {
    /// The standard error stream, beside the log.
    Stderr,
    /// A file, which is added to.
    File(PathBuf),
}

impl From<PathBuf> for AuditSink {
    fn from(path: PathBuf) -> Self {
        if path == Path::new("stderr") { Self::Stderr } else { Self::File(path) }
    }
}

impl From<AuditSink> for PathBuf {
    fn from(sink: AuditSink) -> Self {
        match sink {
            AuditSink::Stderr => "stderr".into(),
            AuditSink::File(path) => path,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::Guarded,
            confirm: Confirm::Always,
            confirm_also: Vec::new(),
            tools: Globs::default(),
            namespaces: Globs::default(),
            deny_resources: Vec::new(),
            reveal_secrets: Vec::new(),
            max_affected: 50,
            deletable: Vec::new(),
            changes_per_minute: 60,
            call_timeout: Duration::from_secs(10),
            timeouts: BTreeMap::new(),
            output_tokens: 8000,
            concurrent_calls: 32,
            audit: Audit::default(),
        }
    }
}

impl Policy {
    pub(super) fn expand(&mut self, home: &Path) {
        if let Some(AuditSink::File(path)) = &mut self.audit.file {
            expand(path, home);
        }
    }
}

/// A map whose keys are globs, which serde cannot say.
fn timeouts(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = generator.subschema_for::<BTreeMap<String, Duration>>();
    schema.insert("propertyNames".to_owned(), generator.subschema_for::<text::Glob>().into());
    schema
}
