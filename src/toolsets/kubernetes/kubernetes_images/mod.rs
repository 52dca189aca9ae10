//! `kubernetes_images`: which images run where, an image a row.

mod count;
mod gather;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use self::{
    count::{Images, short},
    gather::Gathered,
};
use super::{
    clients::Clients,
    cluster::Cluster,
    few::many,
    problems::Problems,
    targets::{self, Scope},
};
use crate::{
    output::{Document, Page, Table},
    tool::{Session, Tool, ToolError},
};

/// Images that pods run: digests, how many pods, and where; moved tags.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubernetesImages {
    /// Default: all
    namespace: Option<String>,
    /// The default
    all_namespaces: Option<bool>,
    /// Regex on image, digest and workload
    grep: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for KubernetesImages {
    const NAME: &'static str = "kubernetes_images";
    const TITLE: &'static str = "Images";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let grep = self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let answer = async {
            let scope = self.scope(&cluster);
            let gathered = gather::gather(&cluster, &scope, session.deadline()).await?;
            Ok(Self::answer(&cluster, &scope, &gathered, grep.as_ref()))
        };
        cluster.before(session.deadline(), answer).await
    }
}

impl KubernetesImages {
    fn check(&self) -> Result<Option<Regex>, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.unless(
            self.namespace.is_none() || self.all_namespaces != Some(true),
            "`namespace` and `all_namespaces` exclude each other",
        );
        let grep = problems.pattern("grep", self.grep.as_deref());
        problems.none()?;
        Ok(grep)
    }

    fn scope(&self, cluster: &Cluster) -> Scope {
        let everywhere = self.namespace.is_none() && self.all_namespaces != Some(false);
        targets::scope(cluster, self.namespace.as_deref(), everywhere)
    }

    fn answer(
        cluster: &Cluster,
        scope: &Scope,
        gathered: &Gathered,
        grep: Option<&Regex>,
    ) -> Document {
        let Gathered { images, note } = gathered;
        // A pattern sees what the answer would show, and nothing behind it.
        let matches = |row: &Vec<String>| {
            grep.is_none_or(|it| it.is_match(&cluster.redactor().text(&row.join("\t"))))
        };
        let rows: Vec<Vec<String>> = images.rows(grep).into_iter().filter(matches).collect();
        let mut document = Document::new();
        for note in note.iter().cloned().chain(incomplete(images)) {
            document = document.note(note);
        }
        if rows.is_empty() {
            return document.note(nothing(scope, grep));
        }
        document = document.note(total(images, rows.len(), grep));
        let (shown, moved) = (rows.len(), moved(images, &rows));
        let columns = ["IMAGE", "DIGEST", "PODS", "WHERE"].map(str::to_owned).to_vec();
        document = document.untrusted_table("images of pods", Table::new(columns, rows));
        if let Some(moved) = moved {
            document = document.note(moved);
        }
        let narrow = "namespace or grep";
        document.page(Page { shown, narrow, is_plain: true, ..Page::default() })
    }
}

/// `5 images in 12 pods`
fn total(images: &Images, shown: usize, grep: Option<&Regex>) -> String {
    let all = format!("{} in {}", many(images.len(), "image"), many(images.pods, "pod"));
    if grep.is_some() { format!("{shown} of {all} match") } else { all }
}

fn incomplete(images: &Images) -> Option<String> {
    images.cut_short.then(|| {
        format!("Not all pods: time ran out after {}; ask for one namespace.", images.pods)
    })
}

fn nothing(scope: &Scope, grep: Option<&Regex>) -> String {
    let place = match scope {
        Scope::One { namespace, .. } => format!(" in namespace {namespace}"),
        Scope::All => String::new(),
    };
    match grep {
        Some(grep) => format!("no image{place} matches /{grep}/"),
        None => format!("no pods{place}"),
    }
}

/// One tag under which different images run is what people look for.
fn moved(images: &Images, rows: &[Vec<String>]) -> Option<String> {
    let shown: HashSet<&str> =
        rows.iter().filter_map(|it| it.first()).map(String::as_str).collect();
    let moved = images.moved().filter(|it| shown.contains(short(it).as_str())).count();
    (moved > 0).then(|| {
        format!(
            "{} moved: under each runs more than one digest (×n: in n pods)",
            many(moved, "tag")
        )
    })
}
