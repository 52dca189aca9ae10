//! `kubectl_label`: labels and annotations of objects, set and removed.

mod conflicts;
mod marks;

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) use self::marks::{check_key, label_value};
use self::{conflicts::conflicts, marks::Marks};
use super::{
    changed::{Changed, call, warned},
    clients::Clients,
    cluster::Cluster,
    field::text,
    outcomes::Outcomes,
    problems::Problems,
    selection::{Seen, Selection},
    settle,
    side_by_side::side_by_side,
    write::{MERGE_PATCH, Write, Written},
};
use crate::{
    output::{Document, diff},
    tool::{Change, Effect, Planned, Preview, Session, ToolError},
};

/// One object after the other is changed, and there may be many.
const LIMIT: Duration = Duration::from_mins(2);

/// Set and remove labels and annotations.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlLabel {
    /// pod/a,deploy/web, or a kind
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// In place of names: app=web
    label_selector: Option<String>,
    /// {team: shop, old: null}; null removes
    labels: Option<Map<String, Value>>,
    /// The same
    annotations: Option<Map<String, Value>>,
    /// Also where there is another value
    overwrite: Option<bool>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

pub(super) struct Plan {
    cluster: Arc<Cluster>,
    marks: Marks,
    objects: Vec<Object>,
}

struct Object {
    seen: Seen,
    /// What is different then; nothing if it is so already.
    diff: Vec<String>,
    notes: Vec<String>,
    is_same: bool,
}

impl Change for KubectlLabel {
    const NAME: &'static str = "kubectl_label";
    const TITLE: &'static str = "Label";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(LIMIT);

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let mut problems = Problems::default();
        self.selection().check(&mut problems);
        let marks = Marks::read(self.labels.as_ref(), self.annotations.as_ref(), &mut problems);
        problems.none()?;
        let session = settle::brief(session);
        let cluster = clients.cluster(self.context.as_deref(), &session).await?;
        let objects = self.objects(&cluster, &marks);
        let objects = cluster.before(session.deadline(), objects).await?;
        let preview = preview(&cluster, &objects);
        Ok(Planned { plan: Plan { cluster, marks, objects }, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let mut outcomes = Outcomes::new(&plan.cluster, session);
        for object in &plan.objects {
            outcomes.take(&object.seen.address, plan.change(object)).await;
        }
        let next = plan.objects.first().map(|it| {
            let address = &it.seen.address;
            let resource = address.resource.full_name();
            let columns = ("columns", Some(json!(["labels"])));
            let others = [columns, ("context", self.context.as_deref().map(Value::from))];
            call("kubectl_get", &resource, address, &others)
        });
        outcomes.document(&next.unwrap_or_default())
    }
}

impl KubectlLabel {
    fn selection(&self) -> Selection<'_> {
        Selection {
            resource: &self.resource,
            name: self.name.as_deref(),
            namespace: self.namespace.as_deref(),
            labels: self.label_selector.as_deref(),
            fields: None,
            all: false,
            ways: "label_selector",
        }
    }

    /// All of them have been tried: none is changed if another one cannot be.
    async fn objects(&self, cluster: &Cluster, marks: &Marks) -> Result<Vec<Object>, ToolError> {
        let seen = self.selection().seen(cluster).await?;
        if !self.overwrite.unwrap_or(false) {
            conflicts(&seen, marks)?;
        }
        let tries: Vec<_> = seen.into_iter().map(|it| tried(cluster, it, marks)).collect();
        let objects: Vec<_> = side_by_side(tries).await;
        objects.into_iter().collect()
    }
}

impl Plan {
    async fn change(&self, object: &Object) -> Result<Changed, ToolError> {
        let Object { seen, diff, notes, is_same } = object;
        if *is_same {
            return Ok(Changed::new(&seen.address, "unchanged", &seen.object).left());
        }
        let Written { object, warnings, .. } =
            write(&self.cluster, seen, &self.marks, false).await?;
        let changed = Changed::new(&seen.address, "labeled", &object).diff(diff.clone());
        Ok(changed.notes(notes.clone()).warnings(warnings))
    }
}

async fn tried(cluster: &Cluster, seen: Seen, marks: &Marks) -> Result<Object, ToolError> {
    if marks.are_on(&seen.object) {
        return Ok(Object { seen, diff: Vec::new(), notes: Vec::new(), is_same: true });
    }
    let Written { object: after, warnings, .. } = write(cluster, &seen, marks, true).await?;
    let diff = diff::changes(Some(&seen.object), Some(&after), cluster.redactor());
    let diff = diff.lines().to_vec();
    let mut notes: Vec<String> = warnings.iter().map(|it| warned(it)).collect();
    notes.extend(lets_go(&seen, &after));
    Ok(Object { seen, diff, notes, is_same: false })
}

async fn write(
    cluster: &Cluster,
    seen: &Seen,
    marks: &Marks,
    dry_run: bool,
) -> Result<Written, ToolError> {
    let path = seen.address.path();
    let write =
        |version: &str| Write::patch(&path, MERGE_PATCH, &marks.patch(version)).tried(dry_run);
    seen.address.write_as_seen(cluster, "patch", &seen.object, write).await
}

/// A pod belongs to its controller as long as its labels fit.
fn lets_go(seen: &Seen, after: &Value) -> Option<String> {
    let labels = |it: &Value| it.pointer("/metadata/labels").cloned().unwrap_or_default();
    let (old, new) = (labels(&seen.object), labels(after));
    let kept = old.as_object()?.iter().all(|(name, value)| new.get(name) == Some(value));
    let owners = seen.object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|it| it.get("controller") == Some(&Value::Bool(true)))?;
    let (kind, name) = (text(owner, "/kind").to_ascii_lowercase(), text(owner, "/name"));
    (!kept).then(|| {
        format!(
            "{}: if {kind}/{name} or a Service selects by what changes, they let go of it, and another may be made",
            seen.address
        )
    })
}

fn preview(cluster: &Cluster, objects: &[Object]) -> Preview {
    let others: Vec<&Object> = objects.iter().filter(|it| !it.is_same).collect();
    let lines = others.iter().flat_map(|it| {
        let diff = it.diff.iter().map(|line| format!("  {line}"));
        let head = std::iter::once(it.seen.address.to_string());
        head.chain(diff).chain(it.notes.iter().cloned())
    });
    Preview {
        summary: format!(
            "labels or annotations of {} of {} objects would be changed in context {}",
            others.len(),
            objects.len(),
            cluster.identity.context
        ),
        details: lines.collect::<Vec<_>>().join("\n"),
        affected: others
            .iter()
            .map(|it| it.seen.address.affected(Effect::Apply, Some(&it.seen.object)))
            .collect(),
    }
}
