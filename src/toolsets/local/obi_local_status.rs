//! `obi_local_status`: whether OBI runs on this host, whether it does what it is for, and why not.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Local;
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// How the OBI on this host is: verdict with reasons, process, version, targets.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalStatus {
    /// With metrics, ports and paths
    verbose: Option<bool>,
}

impl Tool for ObiLocalStatus {
    const NAME: &'static str = "obi_local_status";
    const TITLE: &'static str = "OBI here";
    const ALIASES: &'static [&'static str] = &["obi_get_status"];

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let look = local.look()?;
        Ok(local.answered(&look).await.document())
    }
}
