//! Whose events: everybody's, those of a kind, or those of an object and of what it owns.

use std::{ops::RangeInclusive, sync::Arc};

use super::{KubectlEvents, event::Subject};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        admitted,
        cluster::Cluster,
        discovery::Resource,
        targets::{self, Scope, Target},
    },
};

/// What Kubernetes writes names of, so that they never spell a word.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Letters at the end of a pod's name.
const OF_POD: RangeInclusive<usize> = 5..=5;
/// Letters at the end of the name of a Deployment's `ReplicaSet`: the hash of its template.
const OF_TEMPLATE: RangeInclusive<usize> = 6..=10;

pub(super) struct Subjects {
    pub(super) scope: Scope,
    /// All of them when there are none.
    pub(super) of: Vec<Owner>,
}

/// A kind, or one object of it.
pub(super) struct Owner {
    pub(super) resource: Arc<Resource>,
    pub(super) name: Option<String>,
}

impl Subjects {
    pub(super) async fn of(cluster: &Cluster, call: &KubectlEvents) -> Result<Self, ToolError> {
        let all = call.all_namespaces == Some(true);
        let mut scope = targets::scope(cluster, call.namespace.as_deref(), all);
        let Some(resource) = &call.resource else { return Ok(Self { scope, of: Vec::new() }) };
        let targets = targets::resolve(cluster, resource, None).await?;
        for target in &targets {
            admitted::kind(cluster, &target.resource)?;
        }
        // Nobody can know in which namespace the events of a Node are.
        if call.namespace.is_none() && targets.iter().all(|it| !it.resource.namespaced) {
            scope = Scope::All;
        }
        let mut of = Vec::new();
        for Target { resource, names } in targets {
            let all = names.is_empty().then_some(None);
            let names = all.into_iter().chain(names.into_iter().map(Some));
            of.extend(names.map(|name| Owner { resource: Arc::clone(&resource), name }));
        }
        Ok(Self { scope, of })
    }

    pub(super) fn have(&self, subject: &Subject) -> bool {
        self.of.is_empty() || self.of.iter().any(|it| it.has(subject))
    }

    /// What the API server can choose by itself: kind and name of the one subject, if it owns nothing.
    pub(super) fn only(&self) -> Option<(&str, Option<&str>)> {
        match self.of.as_slice() {
            [one] if one.name.is_none() || !one.owns() => {
                Some((&one.resource.kind, one.name.as_deref()))
            }
            _ => None,
        }
    }

    /// `deployments.apps web`
    pub(super) fn told(&self) -> String {
        let told = |it: &Owner| match &it.name {
            Some(name) => format!("{} {name}", it.resource.full_name()),
            None => it.resource.full_name(),
        };
        self.of.iter().map(told).collect::<Vec<_>>().join(", ")
    }
}

impl Owner {
    /// Whether the events of other objects count as its own.
    pub(super) fn owns(&self) -> bool {
        self.name.is_some()
            && matches!(
                (self.resource.group.as_str(), self.resource.kind.as_str()),
                ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
                    | ("batch", "Job" | "CronJob")
                    | ("", "ReplicationController")
            )
    }

    fn has(&self, subject: &Subject) -> bool {
        let Subject { kind, name } = subject;
        let Some(own) = self.name.as_deref() else { return *kind == self.resource.kind };
        if *kind == self.resource.kind {
            return name == own;
        }
        let Some(rest) = after(own, name).filter(|_| self.owns()) else { return false };
        match (self.resource.kind.as_str(), kind.as_str()) {
            ("Deployment", "ReplicaSet") => is_generated(rest, OF_TEMPLATE),
            ("Deployment", "Pod") => is_both(rest, |it| is_generated(it, OF_TEMPLATE)),
            ("StatefulSet", "Pod") | ("CronJob", "Job") => is_number(rest),
            ("CronJob", "Pod") => is_both(rest, is_number),
            (_, "Pod") => is_generated(rest, OF_POD),
            _ => false,
        }
    }
}

/// `x2x4q` of `web-x2x4q`. What belongs to a workload is named after it, which holds for what is gone, too: those that
/// are still there are often not those that something happened to.
fn after<'a>(owner: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(owner)?.strip_prefix('-')
}

/// `5d4f8c7b9-x2x4q`
fn is_both(rest: &str, is_middle: impl Fn(&str) -> bool) -> bool {
    let parts = rest.split_once('-');
    parts.is_some_and(|(middle, pod)| is_middle(middle) && is_generated(pod, OF_POD))
}

fn is_generated(text: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|it| LETTERS.contains(&it))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(group: &str, kind: &str, name: &str) -> Owner {
        let resource = Resource {
            group: group.to_owned(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            plural: format!("{}s", kind.to_lowercase()),
            singular: kind.to_lowercase(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: true,
            verbs: Vec::new(),
            preferred: true,
        };
        Owner { resource: Arc::new(resource), name: Some(name.to_owned()) }
    }

    #[test]
    fn a_workload_has_the_events_of_what_it_owns_and_of_nothing_else() {
        let deployment = owner("apps", "Deployment", "web");
        let stateful = owner("apps", "StatefulSet", "db");
        let cron = owner("batch", "CronJob", "report");
        let cases = [
            (&deployment, "Deployment", "web", true),
            (&deployment, "Deployment", "web-api", false),
            (&deployment, "ReplicaSet", "web-5d4f8c7b9", true),
            (&deployment, "ReplicaSet", "web-api-77c99f8d6", false),
            (&deployment, "Pod", "web-5d4f8c7b9-x2x4q", true),
            (&deployment, "Pod", "web-api-77c99f8d6-x2x4q", false),
            (&deployment, "Pod", "web-proxy-x2x4q", false),
            (&deployment, "Service", "web", false),
            (&stateful, "Pod", "db-0", true),
            (&stateful, "Pod", "db-backup", false),
            (&cron, "Job", "report-29301", true),
            (&cron, "Pod", "report-29301-x2x4q", true),
            (&cron, "Pod", "report-daily-x2x4q", false),
            (&owner("", "Service", "web"), "Pod", "web-x2x4q", false),
        ];
        for (owner, kind, name, expected) in cases {
            let subject = Subject { kind: kind.to_owned(), name: name.to_owned() };
            assert_eq!(owner.has(&subject), expected, "{} has {kind}/{name}", owner.resource.kind);
        }
    }
}
