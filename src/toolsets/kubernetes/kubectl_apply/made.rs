//! Objects that other tools have made, applied as those of a manifest are: tried as a whole, as one set, and what is in it no more goes.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    Plan,
    carry::Carrying,
    intent,
    prune::{self, Doomed},
    set::{ApplySet, PART_OF, SetName},
    step::Step,
};
use crate::{
    output::Document,
    tool::{Affected, Session, ToolError},
    toolsets::kubernetes::{
        address::Address, cluster::Cluster, documents, few::few, outcomes::Outcomes,
    },
};

/// Objects that one error names.
const MOST_NAMED: usize = 5;

pub(in super::super) struct Made<'a> {
    /// Of the set, and where the object is that stands for it.
    pub(in super::super) set: &'a str,
    pub(in super::super) namespace: &'a str,
    /// What that object says besides.
    pub(in super::super) data: Map<String, Value>,
    pub(in super::super) members: Vec<Value>,
    /// What they need and is none of the set, such as its namespace.
    pub(in super::super) others: Vec<Value>,
    /// Whether what is there already, made by somebody else, becomes ours.
    pub(in super::super) adopt: bool,
}

/// What was applied.
pub(in super::super) struct Applied {
    /// Each that was written, in the order in which it was.
    pub(in super::super) written: Vec<Address>,
    pub(in super::super) document: Document,
}

impl Made<'_> {
    pub(in super::super) async fn plan(self, cluster: &Arc<Cluster>) -> Result<Plan, ToolError> {
        let name = SetName::parse(self.set).map_err(ToolError::invalid)?;
        let mut set = ApplySet::read(cluster, &name, Some(self.namespace)).await?;
        set.data = self.data;
        let made = |it: Vec<Value>| it.into_iter().map(documents::Document::made).collect();
        let mut intents = intent::all(cluster, made(self.others), None).await?;
        for intent in &mut intents {
            intent.is_member = false;
        }
        intents.extend(intent::all(cluster, made(self.members), None).await?);
        let plan = Plan::of(cluster, intents, Some(set), self.adopt, true).await?;
        let others = plan.others();
        if self.adopt || others.is_empty() {
            return Ok(plan);
        }
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        Err(ToolError::Conflict(format!(
            "made by somebody else, and left alone: {}; adopt: true takes it over",
            few(&others, MOST_NAMED)
        )))
    }
}

impl Plan {
    /// What would be a member, is there already, and was made by somebody else.
    fn others(&self) -> Vec<String> {
        let Some(set) = &self.set else { return Vec::new() };
        let is_other = |it: &&Step| {
            let label = |before: &Value| {
                before.pointer("/metadata/labels").and_then(|it| it.get(PART_OF)).cloned()
            };
            let before = it.attempt.before();
            it.intent.is_member && before.is_some_and(|it| label(it) != Some(json!(set.id)))
        };
        self.steps.iter().filter(is_other).map(|it| it.intent.to_string()).collect()
    }

    pub(in super::super) async fn carry_out(self, session: &Session) -> Result<Applied, ToolError> {
        let carried = Carrying::new(self, session, false).finish().await?;
        let written = carried.written().into_iter().cloned().collect();
        Ok(Applied { written, document: carried.document("") })
    }
}

/// All that was applied as one set, and is to go with the object that stands for it.
pub(in super::super) struct Unmaking {
    cluster: Arc<Cluster>,
    /// In the order in which they go.
    doomed: Vec<Doomed>,
    notes: Vec<String>,
}

impl Unmaking {
    /// None where there is no such set.
    pub(in super::super) async fn plan(
        cluster: &Arc<Cluster>,
        set: &str,
        namespace: &str,
        is_kept: impl Fn(&Address) -> bool,
    ) -> Result<Option<Self>, ToolError> {
        let name = SetName::parse(set).map_err(ToolError::invalid)?;
        let set = ApplySet::read(cluster, &name, Some(namespace)).await?;
        let Some(parent) = set.parent.clone() else { return Ok(None) };
        let (mut doomed, notes) = prune::doomed(cluster, &set, &[]).await?;
        doomed.retain(|it| !is_kept(&it.address));
        // Whoever is broken off in between finds the rest by it.
        doomed.push(Doomed { address: set.address, seen: parent });
        Ok(Some(Self { cluster: Arc::clone(cluster), doomed, notes }))
    }

    pub(in super::super) fn affected(&self) -> Vec<Affected> {
        self.doomed.iter().map(Doomed::affected).collect()
    }

    pub(in super::super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.doomed.iter().map(|it| &it.address)
    }

    pub(in super::super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// One after the other; what is gone already is as good as deleted.
    pub(in super::super) async fn carry_out(
        &self,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let mut outcomes = Outcomes::new(&self.cluster, session);
        for doomed in &self.doomed {
            let deleting = Box::pin(doomed.delete(&self.cluster, session));
            Box::pin(outcomes.take(&doomed.address, deleting)).await;
        }
        outcomes.document("")
    }
}
