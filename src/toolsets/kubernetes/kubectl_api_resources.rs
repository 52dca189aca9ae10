//! `kubectl_api_resources`: everything that a cluster serves, a line a group version.

use std::collections::BTreeSet;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    clients::Clients,
    discovery::{Catalog, Resource},
    few::briefly,
    pattern::pattern,
};
use crate::{
    nearest::nearest,
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// What the group without a name is called.
const CORE: &str = "core";

/// Kinds that the cluster serves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlApiResources {
    /// Kubeconfig context
    context: Option<String>,
    /// apps, core
    group: Option<String>,
    /// Only those with, or without, namespace
    namespaced: Option<bool>,
    /// Only those that allow it, such as watch
    verb: Option<String>,
    /// Regex on names
    grep: Option<String>,
}

impl Tool for KubectlApiResources {
    const NAME: &'static str = "kubectl_api_resources";
    const TITLE: &'static str = "API resources";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let grep = self.pattern()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let catalog = cluster.discovery().catalog(&cluster);
        let catalog = cluster.before(session.deadline(), catalog).await?;
        let lines = by_group_version(&catalog, |it| self.wants(it, grep.as_ref()));
        let document = if lines.is_empty() {
            Document::new().note(format!(
                "the cluster serves nothing that fits{}",
                self.slips(&catalog).concat()
            ))
        } else {
            Document::new()
                .note("plural(short names, irregular kinds); * = without namespace")
                .lines(lines)
        };
        Ok(match catalog.down() {
            Some(down) => document.note(format!("not known, because their server is down: {down}")),
            None => document,
        })
    }
}

impl KubectlApiResources {
    fn pattern(&self) -> Result<Option<Regex>, ToolError> {
        let compile = |it: &String| pattern("grep", it);
        self.grep.as_ref().map(compile).transpose().map_err(ToolError::invalid)
    }

    /// `; there is no group aps, did you mean apps?`
    fn slips(&self, catalog: &Catalog) -> Vec<String> {
        let all = &catalog.resources;
        let groups = all.iter().map(|it| if it.group.is_empty() { CORE } else { &it.group });
        let verbs = all.iter().flat_map(|it| &it.verbs).map(String::as_str);
        let given = [
            ("group", self.group.as_deref(), groups.collect::<BTreeSet<_>>()),
            ("verb", self.verb.as_deref(), verbs.collect()),
        ];
        let slips = given.into_iter().filter_map(|(what, name, known)| {
            let name = name.filter(|it| !it.is_empty() && !known.contains(it))?;
            let begun = |it: &&&str| it.split('.').next() == Some(name);
            let near =
                known.iter().find(begun).copied().or_else(|| nearest(name, known.iter().copied()));
            let hint = near.map(|it| format!(", did you mean {it}?")).unwrap_or_default();
            Some(format!("; there is no {what} {}{hint}", briefly(name)))
        });
        slips.collect()
    }

    fn wants(&self, resource: &Resource, grep: Option<&Regex>) -> bool {
        let group = self.group.as_deref().map(|it| if it == CORE { "" } else { it });
        group.is_none_or(|it| it == resource.group)
            && self.namespaced.is_none_or(|it| it == resource.namespaced)
            && self.verb.as_deref().is_none_or(|it| resource.supports(it))
            && grep
                .is_none_or(|it| it.is_match(&resource.full_name()) || it.is_match(&resource.kind))
    }
}

/// `apps/v1: daemonsets(ds) deployments(deploy)`
fn by_group_version(catalog: &Catalog, wants: impl Fn(&Resource) -> bool) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for resource in catalog.resources.iter().filter(|it| it.preferred && wants(it)) {
        let group_version = resource.api_version();
        match lines.iter_mut().find(|it| it.0 == group_version) {
            Some((_, entries)) => entries.push(entry(resource)),
            None => lines.push((group_version, vec![entry(resource)])),
        }
    }
    lines.into_iter().map(|(name, entries)| format!("{name}: {}", entries.join(" "))).collect()
}

fn entry(resource: &Resource) -> String {
    let mut names = resource.short_names.clone();
    let kind = resource.kind.to_ascii_lowercase();
    let shows = [format!("{kind}s"), format!("{kind}es"), kind.clone()];
    let irregular = kind.strip_suffix('y').map(|it| format!("{it}ies"));
    if !shows.contains(&resource.plural) && irregular.as_ref() != Some(&resource.plural) {
        names.push(resource.kind.clone());
    }
    let names = if names.is_empty() { String::new() } else { format!("({})", names.join(",")) };
    format!("{}{names}{}", resource.plural, if resource.namespaced { "" } else { "*" })
}
