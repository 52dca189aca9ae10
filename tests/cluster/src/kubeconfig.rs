use std::{fs, path::Path};

use anyhow::{Context, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::pki::Identity;

/// Where a kubeconfig leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) server: &'a str,
    /// The certificate of the authority that signed the server's, in PEM.
    pub(crate) authority: &'a str,
    pub(crate) namespace: &'a str,
}

/// Writes a kubeconfig of one context, named `cluster`, for a user with a client certificate.
pub(crate) fn write(
    path: &Path,
    target: Target<'_>,
    user: &str,
    identity: &Identity,
) -> Result<()> {
    let encode = |pem: &str| BASE64_STANDARD.encode(pem);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "cluster",
        "contexts": [{
            "name": "cluster",
            "context": {"cluster": "cluster", "user": user, "namespace": target.namespace},
        }],
        "clusters": [{
            "name": "cluster",
            "cluster": {
                "server": target.server,
                "certificate-authority-data": encode(target.authority),
            },
        }],
        "users": [{
            "name": user,
            "user": {
                "client-certificate-data": encode(&identity.certificate),
                "client-key-data": encode(&identity.key),
            },
        }],
    });
    save(path, &serde_saphyr::to_string(&config)?)
}

/// Writes the same kubeconfig with another server.
pub(crate) fn redirect(source: &Path, from: &str, to: &str, path: &Path) -> Result<()> {
    save(path, &fs::read_to_string(source)?.replace(from, to))
}

/// The text of one kubeconfig with several contexts, each made of the single context of another kubeconfig. The
/// first is the current one.
///
/// ```no_run
/// # fn example(prod: tacklebox_cluster::Cluster, dev: tacklebox_cluster::User) -> anyhow::Result<()> {
/// let text = tacklebox_cluster::merge_kubeconfigs(&[
///     ("prod", prod.kubeconfig()),
///     ("prod-as-dev", dev.kubeconfig()),
/// ])?;
/// # Ok(()) }
/// ```
pub fn merge_kubeconfigs(contexts: &[(&str, &Path)]) -> Result<String> {
    let mut merged = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts.first().map(|it| it.0),
        "contexts": [],
        "clusters": [],
        "users": [],
    });
    for (name, path) in contexts {
        let mut one: Value = serde_saphyr::from_str(&fs::read_to_string(path)?)?;
        one["contexts"][0]["context"]["cluster"] = json!(name);
        one["contexts"][0]["context"]["user"] = json!(name);
        for list in ["contexts", "clusters", "users"] {
            let mut item = one[list][0].take();
            item["name"] = json!(name);
            merged[list].as_array_mut().context("a list")?.push(item);
        }
    }
    Ok(serde_saphyr::to_string(&merged)?)
}

fn save(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}
