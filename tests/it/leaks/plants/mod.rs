//! What is planted, concern by concern.

mod annotations;
pub mod config_maps;
pub mod custom;
mod lines;
mod pods;
mod secrets;
mod volumes;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tacklebox_cluster::Namespace;

use super::{
    ask::TALKER,
    surface::{Place, Surface},
};

pub fn all() -> Vec<Surface> {
    [
        secrets::all(),
        config_maps::all(),
        pods::all(),
        volumes::all(),
        custom::all(),
        annotations::all(),
        lines::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub async fn plant(surfaces: &[Surface], namespace: &Namespace) -> Result<()> {
    let cluster = namespace.cluster();
    cluster.apply(custom::DEFINITIONS).await?;
    for surface in surfaces {
        let Some(object) = surface.as_object() else { continue };
        let manifest = object.manifest.to_string().replace("⟨namespace⟩", namespace.name());
        let planted = namespace.apply(&manifest).await;
        planted.with_context(|| surface.name)?;
        if let Some(status) = &object.status {
            namespace.wait_for(object.resource, &object.name, settled).await?;
            cluster.patch_status(object.resource, namespace.name(), &object.name, status).await?;
        }
    }
    let lines: Vec<&str> = surfaces
        .iter()
        .filter_map(|it| match &it.place {
            Place::Log(lines) => Some(lines),
            _ => None,
        })
        .flat_map(|it| it.split('\n'))
        .collect();
    namespace.pod(TALKER).label("app", TALKER).crash_looping().await?;
    namespace.logs(TALKER, "main", &lines, &lines).await
}

/// A pod's status is a test's own once it is running.
fn settled(object: &Value) -> bool {
    object["kind"] != json!("Pod") || object["status"]["phase"] == json!("Running")
}
