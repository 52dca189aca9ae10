//! What a tool needs of the API server before it can do anything at all.

use super::{
    guard::Guard, kubectl_apply::KubectlApply, kubectl_cordon::KubectlCordon,
    kubectl_cp::KubectlCp, kubectl_delete::KubectlDelete, kubectl_drain::KubectlDrain,
    kubectl_events::KubectlEvents, kubectl_exec::KubectlExec, kubectl_label::KubectlLabel,
    kubectl_logs::KubectlLogs, kubectl_patch::KubectlPatch, kubectl_run_job::KubectlRunJob,
    kubectl_scale::KubectlScale, kubectl_top::KubectlTop, rules::Rules,
};
use crate::tool::{Change, Tool};

/// One of these verbs, on one of these resources.
pub(super) struct Need {
    pub(super) tool: &'static str,
    verbs: &'static [&'static str],
    on: On,
}

enum On {
    /// Of any kind.
    Anything,
    /// `(group, plural or plural/subresource)`
    These(&'static [(&'static str, &'static str)]),
    /// A subresource of any kind.
    Subresource(&'static str),
}

/// As little as can be: a tool that is missing here is offered to everybody. All needs of a tool count.
const NEEDS: [Need; 14] = [
    Need { tool: KubectlApply::NAME, verbs: &["patch"], on: On::Anything },
    Need { tool: KubectlCordon::NAME, verbs: &["patch"], on: On::These(&[("", "nodes")]) },
    Need { tool: KubectlCp::NAME, verbs: &["get", "create"], on: EXEC },
    Need { tool: KubectlDelete::NAME, verbs: &["delete"], on: On::Anything },
    Need { tool: KubectlDrain::NAME, verbs: &["patch"], on: On::These(&[("", "nodes")]) },
    Need { tool: KubectlDrain::NAME, verbs: &["create"], on: On::These(&[("", "pods/eviction")]) },
    Need { tool: KubectlEvents::NAME, verbs: &["list"], on: EVENTS },
    Need { tool: KubectlExec::NAME, verbs: &["get", "create"], on: EXEC },
    Need { tool: KubectlLabel::NAME, verbs: &["patch"], on: On::Anything },
    Need { tool: KubectlLogs::NAME, verbs: &["get"], on: On::These(&[("", "pods/log")]) },
    Need { tool: KubectlPatch::NAME, verbs: &["patch"], on: On::Anything },
    Need { tool: KubectlRunJob::NAME, verbs: &["create"], on: On::These(&[("batch", "jobs")]) },
    Need { tool: KubectlScale::NAME, verbs: &["patch"], on: On::Subresource("scale") },
    Need { tool: KubectlTop::NAME, verbs: &["get", "list"], on: USAGE },
];

const EXEC: On = On::These(&[("", "pods/exec")]);
const EVENTS: On = On::These(&[("", "events"), ("events.k8s.io", "events")]);
const USAGE: On =
    On::These(&[("metrics.k8s.io", "pods"), ("metrics.k8s.io", "nodes"), ("", "nodes/proxy")]);

pub(super) fn needs() -> impl Iterator<Item = &'static Need> {
    NEEDS.iter()
}

impl Need {
    /// What policy denies nobody has, whatever the cluster would let them.
    pub(super) fn is_denied_by(&self, guard: &Guard) -> bool {
        let On::These(resources) = &self.on else { return false };
        resources.iter().all(|(group, resource)| {
            let (plural, subresource) = parts(resource);
            guard.denies(group, plural, subresource)
        })
    }

    pub(super) fn is_met_by(&self, rules: &Rules) -> bool {
        self.verbs
            .iter()
            .any(|verb| rules.allow(verb, |group, resource| self.fits(group, resource)))
    }

    /// Whether a rule for that group and resource, each perhaps `*`, gives any of it.
    fn fits(&self, group: &str, resource: &str) -> bool {
        let is_under = |it: &str| parts(resource).1 == Some(it);
        match &self.on {
            On::Anything => true,
            On::Subresource(name) => resource == "*" || is_under(name),
            On::These(these) => these.iter().any(|(own_group, own)| {
                let any_kinds = parts(own).1.is_some_and(|it| resource == format!("*/{it}"));
                (group == "*" || group == *own_group)
                    && (resource == "*" || resource == *own || any_kinds)
            }),
        }
    }

    /// `create pods/exec`
    pub(super) fn what(&self) -> String {
        let verbs = self.verbs.join(" or ");
        match &self.on {
            On::Anything => format!("{verbs} anything"),
            On::Subresource(name) => format!("{verbs} the {name} of anything"),
            On::These(these) => {
                let names = these.iter().map(|(group, name)| match *group {
                    "" => (*name).to_owned(),
                    group => format!("{name}.{group}"),
                });
                format!("{verbs} {}", names.collect::<Vec<_>>().join(" or "))
            }
        }
    }
}

fn parts(resource: &str) -> (&str, Option<&str>) {
    resource.split_once('/').map_or((resource, None), |(plural, sub)| (plural, Some(sub)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::toolsets::kubernetes::guard::Limits;

    /// The tools that rules on these resources leave without use.
    fn without_use(verbs: &[&str], group: &str, resources: &[&str]) -> Vec<&'static str> {
        let rules = json!({ "resourceRules": [
            {"verbs": verbs, "apiGroups": [group], "resources": resources, "resourceNames": ["a"]},
        ]});
        let rules: Rules = serde_json::from_value(rules).unwrap();
        needs().filter(|it| !it.is_met_by(&rules)).map(|it| it.tool).collect()
    }

    #[test]
    fn a_rule_that_gives_any_of_it_is_enough() {
        assert!(without_use(&["*"], "*", &["*"]).is_empty());
        let all: Vec<&str> = needs().map(|it| it.tool).collect();
        assert_eq!(without_use(&["get"], "", &["configmaps"]), all);
        let exec = |it: &&str| [KubectlExec::NAME, KubectlCp::NAME].contains(it);
        for resource in ["*", "pods/exec", "*/exec"] {
            assert!(!without_use(&["create"], "", &[resource]).iter().any(exec), "{resource}");
        }
        for (group, resource) in [("", "pods"), ("", "*/log"), ("apps", "pods/exec")] {
            let left = without_use(&["create"], group, &[resource]);
            assert_eq!(left.iter().filter(|it| exec(it)).count(), 2, "{group} {resource}");
        }
        let scale = |resource| without_use(&["patch"], "apps", &[resource]);
        assert!(!scale("deployments/scale").contains(&KubectlScale::NAME));
        assert!(!scale("*/scale").contains(&KubectlScale::NAME));
        assert!(scale("deployments").contains(&KubectlScale::NAME));
    }

    #[test]
    fn what_policy_denies_leaves_a_tool_without_use() {
        let denied = |patterns: &[&str]| -> Vec<&str> {
            let deny_resources = patterns.iter().map(|it| (*it).to_owned()).collect();
            let guard = Guard::new(&Limits { deny_resources, ..Limits::default() }).unwrap();
            needs().filter(|it| it.is_denied_by(&guard)).map(|it| it.tool).collect()
        };
        assert_eq!(denied(&["pods/exec"]), [KubectlCp::NAME, KubectlExec::NAME]);
        assert_eq!(denied(&["events.events.k8s.io"]), Vec::<&str>::new());
        assert_eq!(denied(&["events"]), [KubectlEvents::NAME]);
    }
}
