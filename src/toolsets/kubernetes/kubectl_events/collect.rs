//! Page after page of events, from whichever of the two APIs answers, bounded in number and in time.

use std::time::Instant;

use kube::{api::ListParams, core::Request};

use super::{
    event::{Event, EventList},
    query::Query,
    subjects::Subjects,
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::{Cluster, JSON},
        error::{ApiError, Asked},
        late::is_late,
        namespaces::{Nothing, Walked, each},
    },
};

const PAGE: u32 = 500;
/// The most events that one call looks at.
const MOST: usize = 20_000;
/// The two names of one thing. Roles that may read the second and not the first are rare, and the other way round usual.
const APIS: [Api; 2] = [
    Api { root: "/api/v1", resource: "events", subject: "involvedObject" },
    Api { root: "/apis/events.k8s.io/v1", resource: "events.events.k8s.io", subject: "regarding" },
];

#[derive(Clone, Copy)]
struct Api {
    root: &'static str,
    resource: &'static str,
    /// The field that says what an event is about.
    subject: &'static str,
}

pub(super) struct Collect<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) query: &'a Query,
    pub(super) subjects: &'a Subjects,
    pub(super) deadline: Option<Instant>,
}

/// The events that were asked for, in no order.
#[derive(Default)]
pub(super) struct Found {
    pub(super) events: Vec<Event>,
    pub(super) looked_at: usize,
    /// There are more, which were not looked at.
    pub(super) is_cut: bool,
    pub(super) note: Option<String>,
}

impl Collect<'_> {
    pub(super) async fn events(&self) -> Result<Found, ToolError> {
        let namespace = self.subjects.scope.namespace();
        let mut refusal = None;
        for api in APIS {
            match self.list(api, namespace).await {
                Ok(found) => return Ok(found),
                Err(error) if error.is_forbidden() || error.is_not_found() => {
                    refusal.get_or_insert((api, error));
                }
                Err(error) => return Err(self.failed(api, &error)),
            }
        }
        let Some((api, error)) = refusal else { return Ok(Found::default()) };
        match namespace {
            None if error.is_forbidden() => self.spread(api, &error).await,
            _ => Err(self.failed(api, &error)),
        }
    }

    /// Namespace by namespace, where the whole cluster may not be listed.
    async fn spread(&self, api: Api, reason: &ApiError) -> Result<Found, ToolError> {
        let ask = |name: String| async move {
            let found = self.list(api, Some(&name)).await;
            found.map_err(|it| Nothing::because(&it, || self.failed(api, &it)))
        };
        let mut all = Found::default();
        let walked = each(self.cluster, self.deadline, ask, |it| all.join(it)).await?;
        let Walked { note, cut_short } = walked.ok_or_else(|| self.failed(api, reason))?;
        all.is_cut |= cut_short;
        all.note = Some(note);
        Ok(all)
    }

    async fn list(&self, api: Api, namespace: Option<&str>) -> Result<Found, ApiError> {
        let mut found = Found::default();
        let mut token = None;
        loop {
            let list = match self.page(api, namespace, token.as_deref()).await {
                // Older events were compacted meanwhile.
                Err(error) if error.is_expired() && found.looked_at > 0 => return Ok(found),
                outcome => outcome?,
            };
            found.looked_at += list.items.len();
            found.events.extend(list.items.into_iter().filter(|it| self.takes(it)));
            token = Some(list.metadata.token).filter(|it| !it.is_empty());
            found.is_cut = token.is_some();
            if token.is_none() || found.looked_at >= MOST || is_late(self.deadline) {
                return Ok(found);
            }
        }
    }

    async fn page(
        &self,
        api: Api,
        namespace: Option<&str>,
        token: Option<&str>,
    ) -> Result<EventList, ApiError> {
        let place = namespace.map(|it| format!("/namespaces/{it}")).unwrap_or_default();
        let parameters = ListParams {
            field_selector: self.fields(api),
            limit: Some(PAGE),
            continue_token: token.map(str::to_owned),
            ..ListParams::default()
        };
        let request = Request::new(format!("{}{place}/events", api.root)).list(&parameters);
        let request = request.map_err(|it| ApiError::Unexpected(it.to_string()))?;
        self.cluster.get_json(&request.uri().to_string(), JSON).await
    }

    /// What the API server can choose among by itself.
    fn fields(&self, api: Api) -> Option<String> {
        let mut fields = Vec::new();
        if let Some((kind, name)) = self.subjects.only() {
            fields.push(format!("{}.kind={kind}", api.subject));
            fields.extend(name.map(|it| format!("{}.name={it}", api.subject)));
        }
        fields.extend(self.query.r#type.map(|it| format!("type={it}")));
        (!fields.is_empty()).then(|| fields.join(","))
    }

    fn takes(&self, event: &Event) -> bool {
        self.subjects.have(&event.involved_object)
            && self.query.takes(event, self.cluster.redactor())
    }

    fn failed(&self, api: Api, error: &ApiError) -> ToolError {
        let namespace = self.subjects.scope.namespace();
        let asked = Asked { verb: "list", resource: api.resource, name: None, namespace };
        self.cluster.explain(error, &asked)
    }
}

impl Found {
    fn join(&mut self, other: Self) {
        self.events.extend(other.events);
        self.looked_at += other.looked_at;
        self.is_cut |= other.is_cut;
    }
}
