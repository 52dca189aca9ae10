//! A Job that was made, and is put away again whatever happens.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::manifest::{LABEL, prefix};
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        address::{Address, UNKNOWN},
        afterwards::Afterwards,
        cluster::Cluster,
        discovery::Resource,
        field::text,
        write::Write,
    },
};

/// What could not be put away: how it is named, and why.
pub(super) struct Left {
    pub(super) why: String,
}

pub(super) struct Made {
    pub(super) address: Address,
    pub(super) warnings: Vec<String>,
    cleaning: Afterwards<Result<(), Left>>,
}

impl Made {
    /// Has the API server look at it, without keeping it.
    pub(super) async fn tried(
        cluster: &Cluster,
        namespace: &str,
        manifest: &Value,
    ) -> Result<(), ToolError> {
        let jobs = cluster.resource("jobs.batch").await?;
        let write = Write::create(&jobs.path(Some(namespace)), manifest).dry_run();
        let tried = cluster.write(&write).await;
        let address = Address::new(&jobs, Some(namespace), "");
        tried.map(drop).map_err(|it| address.failed(cluster, "create", &it))
    }

    /// Once asked for, it is waited for by a task of its own: a call that is cancelled meanwhile would not know that it is there.
    pub(super) async fn make(
        cluster: &Arc<Cluster>,
        namespace: &str,
        manifest: Value,
        session: &Session,
    ) -> Result<Self, ToolError> {
        let jobs = cluster.resource("jobs.batch").await?;
        let (gives, takes) = oneshot::channel();
        let (cluster, namespace, session) =
            (Arc::clone(cluster), namespace.to_owned(), session.clone());
        tokio::spawn(async move {
            // Nobody takes it any more: dropped, it is put away.
            let _ = gives.send(created(cluster, jobs, &namespace, &manifest, &session).await);
        });
        takes.await.map_err(|_| ToolError::Failed("the job was not made".to_owned()))?
    }

    /// Deletes it with its pods. An error says what is left.
    pub(super) async fn put_away(self) -> Result<(), Left> {
        self.cleaning.now().await
    }
}

async fn created(
    cluster: Arc<Cluster>,
    jobs: Arc<Resource>,
    namespace: &str,
    manifest: &Value,
    session: &Session,
) -> Result<Made, ToolError> {
    let written = cluster.write(&Write::create(&jobs.path(Some(namespace)), manifest)).await;
    let written = written.map_err(|it| {
        let told = Address::new(&jobs, Some(namespace), "").failed(&cluster, "create", &it);
        if it.leaves_open() { perhaps_made(told, namespace, manifest) } else { told }
    })?;
    session.changed();
    let address = Address::of(&jobs, &written.object);
    let uid = text(&written.object, "/metadata/uid").to_owned();
    let cleaning = Afterwards::new(deleted(cluster, address.clone(), uid));
    Ok(Made { address, warnings: written.warnings, cleaning })
}

/// Its name is the API server's, and was in the answer.
fn perhaps_made(error: ToolError, namespace: &str, manifest: &Value) -> ToolError {
    let look = json!({ "resource": "jobs", "namespace": namespace, "label_selector": LABEL });
    error.rewritten(|it| {
        format!(
            "{it}; whether a job {}… was made {UNKNOWN}: look with kubectl_get {look} before you try again",
            prefix(manifest)
        )
    })
}

/// Not another one of its name, should somebody have been quicker.
async fn deleted(cluster: Arc<Cluster>, address: Address, uid: String) -> Result<(), Left> {
    let options = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
        "preconditions": { "uid": uid },
    });
    let written = match cluster.write(&Write::delete(&address.path(), &options)).await {
        Ok(written) => written,
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => {
            return Err(Left { why: address.failed(&cluster, "delete", &error).to_string() });
        }
    };
    let finalizers = written.object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let finalizers: Vec<&str> =
        finalizers.into_iter().flatten().filter_map(Value::as_str).collect();
    if finalizers.is_empty() {
        return Ok(());
    }
    Err(Left { why: format!("finalizers hold it: {}", finalizers.join(", ")) })
}
