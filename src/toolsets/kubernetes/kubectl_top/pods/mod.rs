//! Pods: what they use, beside what they asked for and what they may have.

mod known;
mod show;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use self::known::{Known, Pod};
use super::{
    By, kubelets,
    usage::{self, Lack, Name, PodUsage, sentence},
};
use crate::{
    output::Document,
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        late::is_late,
        listing::Listing,
        missing::{missing, missing_namespace},
        namespaces::{Nothing, Walked, each},
        targets::Scope,
    },
};

const PAGE: usize = 500;

pub(super) struct Top<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) names: &'a [String],
    pub(super) scope: Scope,
    pub(super) labels: Option<&'a str>,
    pub(super) by: By,
    pub(super) containers: bool,
    pub(super) limit: usize,
    pub(super) deadline: Option<Instant>,
}

#[derive(Default)]
struct Found {
    usages: Vec<PodUsage>,
    pods: BTreeMap<Name, Known>,
    notes: Vec<String>,
}

impl Found {
    fn join(&mut self, other: Self) {
        self.usages.extend(other.usages);
        self.pods.extend(other.pods);
        self.notes.extend(other.notes);
    }
}

impl Top<'_> {
    pub(super) async fn answer(&self) -> Result<Document, ToolError> {
        let pods = self.cluster.resource("pods.v1.").await?;
        let source = usage::source(self.cluster, "pods").await?;
        let source = source.as_deref().map_err(String::as_str);
        let namespace = self.scope.namespace();
        let found = match self.in_place(namespace, &pods, source).await {
            Err(Lack::Api(error, of)) if namespace.is_none() && error.is_about_scope() => {
                self.by_namespace(&pods, source, Lack::Api(error, of)).await?
            }
            outcome => outcome.map_err(|it| it.told(&self.listing(namespace, &pods)))?,
        };
        if found.usages.is_empty()
            && found.pods.is_empty()
            && let Some(problem) = missing_namespace(self.cluster, namespace).await
        {
            return Err(problem);
        }
        Ok(self.document(&found))
    }

    async fn by_namespace(
        &self,
        pods: &Resource,
        source: Result<&Resource, &str>,
        reason: Lack,
    ) -> Result<Found, ToolError> {
        let ask = |name: String| async move {
            let found = self.in_place(Some(&name), pods, source).await;
            found.map_err(|lack| match lack {
                Lack::Api(error, of) => Nothing::because(&error, || {
                    Lack::Api(error.clone(), of).told(&self.listing(Some(&name), pods))
                }),
                other => Nothing::Failed(other.told(&self.listing(Some(&name), pods))),
            })
        };
        let mut all = Found::default();
        let walked = each(self.cluster, self.deadline, ask, |it| all.join(it)).await?;
        let Some(Walked { note, cut_short }) = walked else {
            return Err(reason.told(&self.listing(None, pods)));
        };
        if cut_short {
            all.notes.push("Not all namespaces: time ran out.".to_owned());
        }
        all.notes.dedup();
        all.notes.insert(0, note);
        Ok(all)
    }

    fn listing<'a>(&'a self, namespace: Option<&'a str>, resource: &'a Resource) -> Listing<'a> {
        Listing { namespace, labels: self.labels, ..Listing::of_all(self.cluster, resource) }
    }

    async fn in_place(
        &self,
        namespace: Option<&str>,
        pods: &Resource,
        source: Result<&Resource, &str>,
    ) -> Result<Found, Lack> {
        let listing = self.listing(namespace, pods);
        let usages = async {
            match source {
                Ok(source) => self.usages(&self.listing(namespace, source)).await,
                Err(reason) => Err(Lack::Source(reason.to_owned())),
            }
        };
        let (usages, known) = futures::join!(usages, self.pods(&listing));
        let (usages, known, notes) = match (usages, known) {
            (Ok(usages), Ok((known, notes))) => (usages, known, notes),
            (Ok(usages), Err(Lack::Api(error, _))) if error.is_forbidden() => {
                let why = sentence(listing.failed(&error));
                (usages, BTreeMap::new(), vec![format!("Without requests and limits: {why}.")])
            }
            (Err(Lack::Source(reason)), Ok((known, notes))) => {
                self.ask_kubelets(known, notes, &reason).await?
            }
            (_, Err(problem)) | (Err(problem), _) => return Err(problem),
        };
        Ok(Found { usages, pods: known, notes })
    }

    async fn usages(&self, listing: &Listing<'_>) -> Result<Vec<PodUsage>, Lack> {
        if self.names.is_empty() {
            return usage::measured(listing).await;
        }
        let mut usages = Vec::new();
        for name in self.names {
            match usage::measured(&Listing { name: Some(name), ..*listing }).await {
                Ok(found) => usages.extend(found),
                // Whether there is such a pod is another question.
                Err(Lack::Api(error, _)) if error.is_not_found() => {}
                Err(lack) => return Err(lack),
            }
        }
        Ok(usages)
    }

    async fn pods(
        &self,
        listing: &Listing<'_>,
    ) -> Result<(BTreeMap<Name, Known>, Vec<String>), Lack> {
        let mut known = BTreeMap::new();
        let mut keep = |pod: Pod| known.insert(pod.metadata.clone(), Known::from(pod));
        for name in self.names {
            let listing = Listing { name: Some(name), ..*listing };
            match listing.objects::<Pod>(None, 1).await {
                Ok(pod) => drop(keep(pod)),
                Err(error) if error.is_not_found() => {
                    return Err(Lack::Told(missing(&listing, name).await));
                }
                Err(error) => return Err(Lack::of(error, &listing)),
            }
        }
        let mut token: Option<String> = None;
        while self.names.is_empty() {
            let page = listing.raw_table::<Pod>("Object", token.as_deref(), PAGE).await;
            let page = page.map_err(|error| Lack::of(error, listing))?;
            let found = page.rows.unwrap_or_default().into_iter().filter_map(|it| it.object);
            found.for_each(|pod| drop(keep(pod)));
            token = page.metadata.map(|it| it.token).filter(|it| !it.is_empty());
            if token.is_none() {
                break;
            }
            if is_late(self.deadline) {
                let note = "Requests and limits of some pods are missing: time ran out.";
                return Ok((known, vec![note.to_owned()]));
            }
        }
        Ok((known, Vec::new()))
    }

    async fn ask_kubelets(
        &self,
        known: BTreeMap<Name, Known>,
        mut notes: Vec<String>,
        reason: &str,
    ) -> Result<(Vec<PodUsage>, BTreeMap<Name, Known>, Vec<String>), Lack> {
        let nodes: BTreeSet<&str> = known.values().map(|it| it.node.as_str()).collect();
        let nodes = nodes.into_iter().filter(|it| !it.is_empty()).map(str::to_owned);
        let nodes: Vec<String> = nodes.collect();
        let answers = kubelets::ask(self.cluster, &nodes, reason).await.map_err(Lack::Told)?;
        notes.push(answers.note);
        let usages = answers.pods.into_iter().filter(|it| known.contains_key(&it.metadata));
        Ok((usages.collect(), known, notes))
    }
}
