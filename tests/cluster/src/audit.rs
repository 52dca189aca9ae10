use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    time::Duration,
};

use anyhow::Result;
use serde_json::Value;

use crate::{
    Cluster,
    runtime::{self, Deadline},
};

/// A request ends for its client a moment before its end is logged.
const PATIENCE: Duration = Duration::from_secs(2);

/// A request as the API server itself saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for paths without a
    /// resource the HTTP method in lower case.
    pub verb: String,
    /// Path and query.
    pub uri: String,
    /// Who asked; with impersonation, who really did.
    pub user: String,
    /// In whose name, if someone was impersonated.
    pub impersonated: Option<String>,
    /// None as long as there is no answer.
    pub status: Option<u16>,
    pub group: String,
    /// In the plural; empty for paths without a resource.
    pub resource: String,
    pub subresource: String,
    pub namespace: String,
    pub name: String,
    pub user_agent: String,
}

/// A moment in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditMark(u64);

/// The API server's own log of requests, of everyone but the cluster's parts and this crate. It is the
/// witness for what reached the API server, and for what never did: a request is in it before it is answered.
impl Cluster {
    /// All requests since the cluster started, in the order in which they came.
    pub async fn audit(&self) -> Result<Vec<AuditEntry>> {
        self.audit_since(AuditMark(0)).await
    }

    /// The present end of the log.
    #[expect(clippy::unused_async, reason = "whoever asks a cluster waits for the answer")]
    pub async fn audit_mark(&self) -> Result<AuditMark> {
        Ok(AuditMark(fs::metadata(self.audit_log())?.len()))
    }

    /// The requests that came after a mark.
    ///
    /// ```no_run
    /// # async fn example(cluster: tacklebox_cluster::Cluster) -> anyhow::Result<()> {
    /// let mark = cluster.audit_mark().await?;
    /// cluster.kubectl(&["get", "pods"]).await?;
    /// assert!(cluster.audit_since(mark).await?.iter().all(|it| it.resource != "secrets"));
    /// # Ok(()) }
    /// ```
    pub async fn audit_since(&self, mark: AuditMark) -> Result<Vec<AuditEntry>> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            // Asked before the log is read, which may take as long as that on a busy machine.
            let is_last = deadline.has_passed();
            let entries = parse(&self.audit_log_since(mark)?);
            if is_last || entries.iter().all(|it| it.status.is_some()) {
                return Ok(entries);
            }
            runtime::pause(Duration::from_millis(20)).await;
        }
    }

    fn audit_log_since(&self, mark: AuditMark) -> Result<String> {
        let mut log = File::open(self.audit_log())?;
        log.seek(SeekFrom::Start(mark.0))?;
        let mut text = String::new();
        log.read_to_string(&mut text)?;
        Ok(text)
    }

    fn audit_log(&self) -> PathBuf {
        self.folder().join("audit.log")
    }
}

/// One entry a request, from the events of its stages. A line that is being written is left for later, and
/// a request whose first event is not here came earlier.
fn parse(log: &str) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    let mut by_id = HashMap::new();
    for event in log.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok()) {
        let id = event["auditID"].to_string();
        if event["stage"] == "RequestReceived" {
            by_id.insert(id, entries.len());
            entries.push(read(&event));
        } else if let Some(entry) = by_id.get(&id).and_then(|&at| entries.get_mut(at)) {
            let status = status(&event).or(entry.status);
            *entry = AuditEntry { status, ..read(&event) };
        }
    }
    entries
}

fn read(event: &Value) -> AuditEntry {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let target = &event["objectRef"];
    AuditEntry {
        verb: text(&event["verb"]),
        uri: text(&event["requestURI"]),
        user: text(&event["user"]["username"]),
        impersonated: event["impersonatedUser"]["username"].as_str().map(str::to_owned),
        status: status(event),
        group: text(&target["apiGroup"]),
        resource: text(&target["resource"]),
        subresource: text(&target["subresource"]),
        namespace: text(&target["namespace"]),
        name: text(&target["name"]),
        user_agent: text(&event["userAgent"]),
    }
}

fn status(event: &Value) -> Option<u16> {
    event["responseStatus"]["code"].as_u64()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"auditID":"1","stage":"RequestReceived","verb":"list","requestURI":"/api/v1/pods?limit=1","user":{"username":"ann"},"objectRef":{"resource":"pods"}}
{"auditID":"2","stage":"RequestReceived","verb":"get","requestURI":"/version","user":{"username":"ben"}}
{"auditID":"1","stage":"ResponseComplete","verb":"list","requestURI":"/api/v1/pods?limit=1","user":{"username":"ann"},"objectRef":{"resource":"pods"},"responseStatus":{"code":403}}
{"auditID":"0","stage":"ResponseComplete","verb":"list","requestURI":"/api/v1/nodes","user":{"username":"zoe"},"responseStatus":{"code":200}}
{"auditID":"3","stage":"Requ"#;

    #[test]
    fn the_stages_of_a_request_are_one_entry_and_what_came_earlier_or_is_half_a_line_is_none() {
        let entries = parse(LOG);
        let seen: Vec<_> = entries.iter().map(|it| (it.user.as_str(), it.status)).collect();
        assert_eq!(seen, [("ann", Some(403)), ("ben", None)]);
        assert_eq!(entries[0].resource, "pods");
    }
}
