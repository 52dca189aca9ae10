//! `kubectl_patch`: some fields of an object, tried by the API server and shown before they are changed.

mod operations;
mod patch;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::patch::{Patch, Type};
use super::{
    address::{Address, wanted},
    changed::{self, Changed, call, warned},
    clients::Clients,
    cluster::{Cluster, JSON},
    delicate::Delicate,
    few::briefly,
    problems::Problems,
    targets::{self, Target},
    write::Written,
};
use crate::{
    output::{Document, diff},
    tool::{Change, Effect, Planned, Preview, Session, ToolError},
};

const SCALE: &str = "scale";

/// Change fields of one object by a patch.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlPatch {
    /// deploy/web
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// Object, list of JSON patch operations, or either as YAML text
    patch: Value,
    /// Default: strategic; merge for custom kinds, json for a list
    #[serde(rename = "type")]
    kind: Option<Type>,
    /// scale
    subresource: Option<String>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// One object, and what the patch makes of it.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    address: Address,
    patch: Patch,
    /// The object as it was seen.
    seen: Value,
    /// What is patched: the object, or its subresource.
    before: Value,
    is_scale: bool,
    /// Whether it is another one after that.
    changes: bool,
}

impl Change for KubectlPatch {
    const NAME: &'static str = "kubectl_patch";
    const TITLE: &'static str = "Patch";
    const EFFECT: Effect = Effect::Apply;

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), self.name.as_deref());
        problems.one_namespace(self.namespace.as_deref());
        problems.keep(subresource(self.subresource.as_deref()));
        let patch = problems.keep(Patch::read(&self.patch));
        problems.none()?;
        let Some(patch) = patch else { return Err(ToolError::invalid("`patch` is missing")) };
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        cluster.before(session.deadline(), self.planned(&cluster, patch)).await
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, address, seen, before, .. } = &plan;
        if !plan.changes {
            let left = Changed::new(address, "unchanged: it is so already", seen);
            return Ok(changed::document(vec![left], ""));
        }
        let written = plan.write(false).await?;
        session.changed();
        let diff = diff::changes(Some(before), Some(&written.object), cluster.redactor());
        let patched = Changed::new(address, "patched", &written.object);
        let patched = patched.diff(diff.lines().to_vec()).warnings(written.warnings);
        Ok(changed::document(vec![patched], &self.next(address)))
    }
}

impl KubectlPatch {
    async fn planned(
        &self,
        cluster: &Arc<Cluster>,
        patch: Patch,
    ) -> Result<Planned<Plan>, ToolError> {
        let address = self.address(cluster).await?;
        let is_scale = self.subresource.is_some();
        let patch = patch.typed(self.kind, &address.resource, is_scale)?;
        let seen = address.found(cluster).await?;
        patch.is_for(&address, &seen)?;
        let before = if is_scale { scale_of(cluster, &address).await? } else { seen.clone() };
        patch.reads_only_what_is_shown(&before)?;
        let cluster = Arc::clone(cluster);
        let mut plan = Plan { cluster, address, patch, seen, before, is_scale, changes: false };
        let Written { object: after, warnings, .. } =
            plan.write(true).await.map_err(|it| plan.patch.told(it, &plan.before))?;
        plan.changes = wanted(&plan.before) != wanted(&after);
        let preview = plan.preview(&after, &warnings);
        Ok(Planned { plan, preview })
    }

    async fn address(&self, cluster: &Cluster) -> Result<Address, ToolError> {
        let targets = targets::resolve(cluster, &self.resource, self.name.as_deref()).await?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let one = || ToolError::invalid("`resource`: one object, such as deploy/web");
        let [Target { resource, names }] = targets.as_slice() else { return Err(one()) };
        let [name] = names.as_slice() else { return Err(one()) };
        Ok(Address::new(resource, scope.namespace(), name))
    }

    fn next(&self, address: &Address) -> String {
        let resource = &address.resource;
        let object = format!("{}/{}", resource.full_name(), address.name);
        let rolls = resource.group == "apps" && resource.kind != "ReplicaSet";
        let tool = if rolls { "kubernetes_wait" } else { "kubectl_describe" };
        call(tool, &object, address, &[("context", self.context.as_deref().map(Value::from))])
    }
}

impl Plan {
    async fn write(&self, dry_run: bool) -> Result<Written, ToolError> {
        let path = self.address.path();
        let path = if self.is_scale { format!("{path}/{SCALE}") } else { path };
        let write = |version: &str| self.patch.write(&path, version).tried(dry_run);
        self.address.write_as_seen(&self.cluster, "patch", &self.seen, write).await
    }

    fn preview(&self, after: &Value, warnings: &[String]) -> Preview {
        let Self { cluster, address, before, seen, .. } = self;
        let context = &cluster.identity.context;
        if !self.changes {
            let summary = format!("{address} in context {context} is so already");
            return Preview { summary, ..Preview::default() };
        }
        let diff = diff::changes(Some(before), Some(after), cluster.redactor());
        let delicate = Delicate::of(before, after);
        let warnings = warnings.iter().map(|it| warned(it));
        let lines = delicate.lines().chain(diff.lines().iter().cloned()).chain(warnings);
        let effect = if delicate.may_delete() { Effect::Delete } else { Effect::Apply };
        Preview {
            summary: format!("{address} would be patched in context {context}"),
            details: lines.collect::<Vec<_>>().join("\n"),
            affected: vec![address.affected(effect, Some(seen))],
        }
    }
}

async fn scale_of(cluster: &Cluster, address: &Address) -> Result<Value, ToolError> {
    let scale = cluster.get_json(&format!("{}/{SCALE}", address.path()), JSON).await;
    scale.map_err(|error| {
        if error.is_not_found() {
            let kind = address.resource.full_name();
            return ToolError::invalid(format!("`subresource`: {kind} cannot be scaled"));
        }
        address.failed_at(cluster, "get", Some(SCALE), &error)
    })
}

fn subresource(name: Option<&str>) -> Result<(), String> {
    match name {
        None | Some(SCALE) => Ok(()),
        Some("status") => Err(
            "`subresource`: status is what controllers have seen; written by anybody else it is wrong, and they write over it: patch what is wanted, without subresource".to_owned(),
        ),
        Some(other) => Err(format!(
            "`subresource`: {:?} is not patched here; scale is",
            briefly(other)
        )),
    }
}
