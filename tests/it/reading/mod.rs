//! Looking at a real cluster through the built binary, with the API server's audit log as the witness.

mod describe;
mod events;
mod logs;

use std::path::Path;

use rmcp::{
    RoleClient, ServiceExt, model::CallToolRequestParams, service::RunningService,
    transport::TokioChildProcess,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::bare;

/// A client of the binary that speaks to one cluster.
struct Eyes {
    client: RunningService<RoleClient, ()>,
    _folder: TempDir,
}

impl Eyes {
    async fn of(kubeconfig: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = bare(&folder);
        command.arg("--kubeconfig").arg(kubeconfig);
        let process = TokioChildProcess::new(tokio::process::Command::from(command)).unwrap();
        Self { client: ().serve(process).await.unwrap(), _folder: folder }
    }

    /// What a call answers, errors included.
    async fn see(&self, tool: &'static str, arguments: Value) -> String {
        let arguments = arguments.as_object().cloned().unwrap();
        let request = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = self.client.call_tool(request).await.unwrap();
        result.content[0].as_text().unwrap().text.clone()
    }

    async fn close(self) {
        self.client.cancel().await.unwrap();
    }
}

/// The lines between the lines of a fence.
fn fenced(answer: &str) -> Vec<&str> {
    let inside = answer.lines().skip_while(|it| !it.starts_with("<untrusted-")).skip(1);
    inside.take_while(|it| !it.starts_with("</untrusted-")).collect()
}
