//! The observability services of a cluster: found among its Services, asked what they are, and made known to HolmesGPT.

mod detector;
mod doubts;
mod endpoints;
mod figures;
mod finding;
mod history;
mod hold;
mod holmes;
mod looked;
mod matching;
mod probe;
mod publish;
mod publishing;
mod resources;
mod service;
mod settings;
mod snapshot;
mod survey;
mod wiring;

mod discover_services;
mod discovery_explain;
mod get_toolset;
mod publish_toolset;

pub use self::settings::{Credential, Probing, Publish, Reload, Secret, Settings, Via};

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::join_all;
use prometheus_client::encoding::DescriptorEncoder;
use tokio::{sync::OnceCell, time::Instant};

use self::{
    discover_services::DiscoverServices,
    discovery_explain::DiscoveryExplain,
    figures::Tally,
    get_toolset::GetToolset,
    history::History,
    holmes::{Document, Layout},
    matching::Detectors,
    publish_toolset::PublishToolset,
    publishing::Publishing,
    service::Place,
    snapshot::Snapshot,
    survey::{Look, Survey},
};
use super::{Changes, Health, Toolset};
use crate::{
    endpoint::BoundEndpoint,
    k8s::Clients,
    nearest::nearest,
    output::hinted,
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{BoundTool, ToolError},
};

/// Before it is known whether a cluster can be asked, nothing true can be said about it. Nobody waits longer for that.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// What the tools of this toolset work with: a survey of each cluster, and what publishes its findings.
pub struct Discovery {
    clients: Arc<Clients>,
    settings: Settings,
    detectors: Arc<Detectors>,
    holmes: holmes::Settings,
    history: History,
    tally: Tally,
    running: OnceCell<Vec<Running>>,
}

struct Running {
    survey: Survey,
    publishing: Option<Publishing>,
}

/// The toolset. Nothing is looked through before it is initialized.
pub struct DiscoveryToolset(Arc<Discovery>);

impl DiscoveryToolset {
    /// Opens no connection; an operator's own detectors and names are the only mistakes that show now, all of them at once.
    pub fn new(clients: Arc<Clients>, settings: Settings) -> Result<Self, Vec<String>> {
        let detectors = Detectors::embedded().with(settings.detectors.iter().cloned())?;
        let holmes = settings.holmes()?;
        Ok(Self(Arc::new(Discovery {
            clients,
            settings,
            detectors: Arc::new(detectors),
            holmes,
            history: History::default(),
            tally: Tally::default(),
            running: OnceCell::new(),
        })))
    }

    fn services(&self) -> BoundTool {
        BoundTool::new::<DiscoverServices>(Arc::clone(&self.0))
    }

    fn toolset(&self) -> BoundTool {
        BoundTool::new::<GetToolset>(Arc::clone(&self.0))
    }
}

impl Discovery {
    fn running(&self) -> &[Running] {
        self.running.get().map(Vec::as_slice).unwrap_or_default()
    }

    fn survey(&self, context: Option<&str>) -> Result<&Survey, ToolError> {
        Ok(&self.of(context)?.survey)
    }

    fn publishing(&self, context: Option<&str>) -> Result<&Publishing, ToolError> {
        self.of(context)?.publishing.as_ref().ok_or_else(unpublished)
    }

    /// The ConfigMap.
    fn place(&self) -> Result<Place, ToolError> {
        self.settings.publish.as_ref().map(Publish::place).ok_or_else(unpublished)
    }

    fn layout(&self) -> Layout {
        self.settings.publish.as_ref().map_or(Layout::Holmes, Publish::layout)
    }

    fn document(&self, snapshot: &Snapshot) -> Document {
        Document::of(&snapshot.found, &self.holmes)
    }

    /// What HolmesGPT loads: the document with the overrides laid over it. And what is wrong with those.
    async fn loaded(
        &self,
        context: Option<&str>,
        snapshot: &Snapshot,
    ) -> Result<(Document, Vec<String>), ToolError> {
        let document = self.document(snapshot);
        match &self.of(context)?.publishing {
            Some(publishing) => publishing.merged(document).await,
            None => Ok((document, Vec::new())),
        }
    }

    /// What runs for the context, or for the first one.
    fn of(&self, context: Option<&str>) -> Result<&Running, ToolError> {
        let running = self.running();
        let Some(context) = context else {
            return running.first().ok_or_else(|| {
                ToolError::Unavailable(
                    "nothing is looked through yet: ask again in a moment".into(),
                )
            });
        };
        running.iter().find(|it| it.survey.context() == Some(context)).ok_or_else(|| {
            let known: Vec<&str> = running.iter().filter_map(|it| it.survey.context()).collect();
            let wrong = format!("context {context} is not looked through");
            let hint = match nearest(context, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None if known.is_empty() => {
                    "only the current one is: leave `context` out".to_owned()
                }
                None => format!("those of toolsets.discovery.contexts are: {}", known.join(", ")),
            };
            ToolError::invalid(hinted(&wrong, &hint))
        })
    }

    /// Which cluster is looked at where nobody said which of several, and how to look at another.
    fn others(&self, context: Option<&str>) -> Option<String> {
        let (first, others) = self.settings.contexts.split_first()?;
        let is_told = context.is_none() && !others.is_empty();
        is_told
            .then(|| format!("this is context {first}; with `context` also: {}", others.join(", ")))
    }

    fn knows(&self, product: &str) -> Result<(), ToolError> {
        if self.detectors.get(product).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = self.detectors.iter().map(|it| it.product.as_str()).collect();
        let hint = nearest(product, known.iter().copied());
        let hint = hint.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
        let wrong = format!("`type`: {product} is no type");
        Err(ToolError::invalid(hinted(&wrong, &format!("{hint}known are {}", known.join(", ")))))
    }

    fn start(&self) -> Vec<Running> {
        let contexts = self.settings.contexts.iter().cloned().map(Some);
        let contexts: Vec<Option<String>> =
            if contexts.len() == 0 { vec![None] } else { contexts.collect() };
        contexts.into_iter().map(|it| self.run(it)).collect()
    }

    fn run(&self, context: Option<String>) -> Running {
        let (clients, detectors) = (Arc::clone(&self.clients), Arc::clone(&self.detectors));
        let (settings, tally) = (self.settings.clone(), self.tally.clone());
        let survey = Survey::start(clients, detectors, settings, context, tally);
        let publishing = self.settings.publish.as_ref();
        let publishing = publishing.map(|settings| {
            Publishing::start(Arc::clone(&self.clients), &survey, settings, &self.holmes)
        });
        Running { survey, publishing }
    }
}

fn unpublished() -> ToolError {
    ToolError::Refused("nothing is published (toolsets.discovery.publish: null)".to_owned())
}

#[async_trait]
impl Toolset for DiscoveryToolset {
    fn name(&self) -> &'static str {
        "discovery"
    }

    fn purpose(&self) -> String {
        "Find Prometheus, Grafana, Jaeger and the like in a cluster, and generate HolmesGPT's toolset; start with discover_services."
            .to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        let discovery = || Arc::clone(&self.0);
        let explain = BoundTool::new::<DiscoveryExplain>(discovery());
        let mut tools = vec![self.services(), explain, self.toolset()];
        if self.0.settings.publish.is_some() {
            tools.push(BoundTool::change::<PublishToolset>(discovery()));
        }
        if self.0.settings.contexts.len() > 1 {
            return tools;
        }
        tools.into_iter().map(|it| it.without("context")).collect()
    }

    fn resources(&self) -> Vec<BoundResource> {
        resources::all(&self.0, &self.services(), &self.toolset())
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        vec![wiring::prompt(&self.0, &self.toolset())]
    }

    fn endpoints(&self) -> Vec<BoundEndpoint> {
        endpoints::all(&self.0, &self.services(), &self.toolset())
    }

    async fn initialize(&self, _changes: Changes) {
        let discovery = &self.0;
        discovery.running.get_or_init(|| async { discovery.start() }).await;
    }

    /// A cluster that is not there takes the tools away only as long as nothing was ever seen of it.
    async fn health(&self) -> Health {
        let running = self.0.running();
        let soon = Instant::now() + FIRST_LOOK;
        let looks: Vec<Look> = join_all(running.iter().map(|it| it.survey.begun(soon))).await;
        let problems = looks.iter().filter_map(Look::snapshot).flat_map(|it| it.problems.clone());
        let unseen = looks.iter().filter_map(|it| match it {
            Look::NotYet(Some(why)) => Some(why.clone()),
            Look::NotYet(None) => Some("the cluster has told nothing yet".to_owned()),
            Look::Partly(_) | Look::Whole(_) => None,
        });
        let published = running.iter().filter_map(|it| it.publishing.as_ref());
        let unpublished = published.flat_map(|it| it.publisher.status().problems);
        let reasons: Vec<String> = problems.chain(unseen).chain(unpublished).collect();
        let is_seen = looks.iter().any(|it| it.snapshot().is_some());
        match reasons.is_empty() {
            true => Health::Ready,
            false if is_seen => Health::Degraded(reasons.join("; ")),
            false => Health::Unavailable(reasons.join("; ")),
        }
    }

    /// One of several clusters that is never there keeps nobody from the others.
    fn is_starting(&self) -> bool {
        !self.0.running().iter().any(|it| matches!(it.survey.look(), Look::Whole(_)))
    }

    async fn doubts(&self) -> Vec<String> {
        doubts::doubts(&self.0).await
    }

    fn measure(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.0.measure(out)
    }

    async fn shutdown(&self) {
        let publishers = self.0.running().iter().filter_map(|it| it.publishing.as_ref());
        join_all(publishers.map(Publishing::shutdown)).await;
    }
}
