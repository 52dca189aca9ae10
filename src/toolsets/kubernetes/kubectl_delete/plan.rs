//! Before anything is deleted: what would go, what would go with it, and whether the API server would let it.

use std::{collections::BTreeMap, time::Duration};

use super::{
    KubectlDelete,
    going::Going,
    inside::{holds, inside},
};
use crate::{
    tool::{Preview, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster, discovery::Resource, few::many, selection::Seen,
        side_by_side::side_by_side,
    },
};

/// For finding out; waiting comes after it.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// What is inside of more than these is not counted.
const MOST_COUNTED: usize = 5;

/// A policy may keep what is in them, and decides after this.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

impl KubectlDelete {
    pub(super) async fn going(&self, cluster: &Cluster) -> Result<Vec<Going>, ToolError> {
        let found = self.selection().seen(cluster).await?;
        let tries = found.into_iter().enumerate();
        let tries = tries.map(|(place, seen)| self.tried(cluster, seen, place < MOST_COUNTED));
        let tries: Vec<_> = tries.collect();
        let outcomes: Vec<_> = side_by_side(tries).await;
        let going: Vec<Option<Going>> = outcomes.into_iter().collect::<Result<_, _>>()?;
        let going: Vec<Going> = going.into_iter().flatten().collect();
        if going.is_empty() {
            return Err(ToolError::NotFound("all of it was deleted just now".to_owned()));
        }
        Ok(going)
    }

    /// None if it has gone by itself since it was found.
    async fn tried(
        &self,
        cluster: &Cluster,
        seen: Seen,
        is_counted: bool,
    ) -> Result<Option<Going>, ToolError> {
        let going = Going { seen, inside: None };
        if !going.is_to_be_deleted(&self.options()) {
            return Ok(Some(going));
        }
        let Going { seen, .. } = going;
        if is_tried(&seen) {
            let write = |version: &str| self.options().delete(&seen, version).dry_run();
            let tried = seen.address.write_as_seen(cluster, "delete", &seen.object, write).await;
            match tried {
                Err(ToolError::NotFound(_)) => return Ok(None),
                outcome => drop(outcome?),
            }
        }
        let inside = if is_counted { inside(cluster, &seen).await? } else { None };
        Ok(Some(Going { seen, inside }))
    }

    pub(super) fn preview(&self, cluster: &Cluster, going: &[Going]) -> Preview {
        let options = self.options();
        let goes = |it: &&Going| it.is_to_be_deleted(&options);
        let affected: Vec<_> = going.iter().filter(goes).map(Going::affected).collect();
        let inside: usize = going.iter().filter_map(|it| Some(it.inside.as_ref()?.count())).sum();
        let with = if inside == 0 {
            String::new()
        } else {
            format!(", and {} with it", many(inside, "object"))
        };
        let context = &cluster.identity.context;
        let summary = if affected.is_empty() {
            format!("nothing is left to do in context {context}: it is being deleted already")
        } else {
            let counted = counted(going.iter().filter(goes));
            format!("{counted} would be deleted in context {context}{with}")
        };
        let warnings = options.warnings().into_iter().map(str::to_owned);
        let uncounted = going.iter().skip(MOST_COUNTED).filter(goes).filter(|it| holds(&it.seen));
        let uncounted = match uncounted.count() {
            0 => None,
            count => Some(format!("not counted: what is in {count} of them, and goes with them")),
        };
        let lines = warnings.chain(uncounted).chain(going.iter().map(|it| it.told(going)));
        Preview { summary, details: lines.collect::<Vec<_>>().join("\n"), affected }
    }
}

/// What the cluster lives on is not even tried to be deleted before everybody has agreed.
fn is_tried(seen: &Seen) -> bool {
    seen.address.namespace.as_deref().is_some_and(|it| !SYSTEM.contains(&it))
}

/// `2 pods, 1 service`
fn counted<'a>(going: impl Iterator<Item = &'a Going>) -> String {
    let mut kinds: BTreeMap<&str, (usize, &Resource)> = BTreeMap::new();
    for it in going {
        let resource = &it.seen.address.resource;
        kinds.entry(&resource.plural).or_insert((0, resource)).0 += 1;
    }
    let named = kinds.into_values().map(|(count, kind)| match count {
        1 => format!("1 {}", kind.singular),
        _ => format!("{count} {}", kind.plural),
    });
    named.collect::<Vec<_>>().join(", ")
}
