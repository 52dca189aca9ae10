//! `kubectl_apply` on the real control plane.

mod bulk;
mod changes;
mod managers;
mod manifests;
mod meanwhile;
mod refusals;
mod sets;

use serde_json::{Value, json};
use tacklebox_cluster::Namespace;

use super::{asking, guarded, names, seen, shop, timeless, unguarded};
use crate::kubernetes::{Agent, Setup, agent::Question, requests_of};

/// What a call with this manifest in that namespace answers.
async fn apply(agent: &mut Agent, shop: &Namespace, manifest: &str) -> String {
    apply_with(agent, shop, manifest, json!({})).await
}

async fn apply_with(
    agent: &mut Agent,
    shop: &Namespace,
    manifest: &str,
    mut arguments: Value,
) -> String {
    arguments["manifest"] = manifest.into();
    if arguments.get("namespace").is_none() {
        arguments["namespace"] = shop.name().into();
    }
    let answer = timeless(&agent.call("kubectl_apply", arguments).await);
    let marks = regex::Regex::new(r"(chars) #[0-9a-f]{6}").unwrap();
    marks.replace_all(&answer, "$1 #M").into_owned()
}

/// What would be applied.
async fn dry(agent: &mut Agent, shop: &Namespace, manifest: &str) -> String {
    apply_with(agent, shop, manifest, json!({ "dry_run": true })).await
}
