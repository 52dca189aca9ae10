//! What it is to ask a Service for one page, whichever way leads there.

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::toolsets::discovery::{
    finding::{Endpoint, Scheme},
    probe::Subject,
};

/// No product needs more to prove what it is, and something that is none may never end. An Alertmanager tells all of its
/// configuration beside its version, which is as long as a Secret may be; a Jaeger names every service.
pub(super) const CAP: usize = 1024 * 1024;
/// What may be asked for by every product. An MCP server opens no stream for it.
pub(super) const ACCEPT: &str = "application/json";

/// How a GET reaches a port of a Service. No redirect is followed, and nothing secret is sent along.
#[async_trait]
pub(in crate::toolsets::discovery) trait Way: Send + Sync {
    /// The answer whatever its status, as soon as it is all there, or as much of it as is wanted. Whoever asks sets the time limit.
    async fn get(&self, page: &Page<'_>) -> Result<Answer, Silence>;
}

/// One page of a Service.
#[derive(Debug, Clone, Copy)]
pub(in crate::toolsets::discovery) struct Page<'a> {
    pub(super) subject: &'a Subject,
    pub(super) endpoint: &'a Endpoint,
    /// Below the endpoint's prefix; empty or with a slash at its beginning.
    pub(super) path: &'a str,
}

/// What came back.
#[derive(Debug, Clone)]
pub(in crate::toolsets::discovery) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// At most [`CAP`] bytes of it.
    pub(super) body: Vec<u8>,
    /// Whether the body is all there.
    pub(super) is_whole: bool,
}

/// Why nothing came back. The reasons are our own words, with nothing in them that a cluster wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) enum Silence {
    /// It broke off as a server does that is spoken to in the other scheme.
    OtherScheme(&'static str),
    /// It cannot be reached from here.
    Unreachable(String),
    /// Whoever leads there is out of order, so that nothing is learned of the Service: what was known of it stays.
    Unasked(String),
}

impl Page<'_> {
    /// `/prefix/api/health`
    pub(super) fn full_path(&self) -> String {
        let path = format!("{}{}", self.endpoint.prefix, self.path);
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// `grafana.monitoring.svc:80`, as it is named to the server and nowhere looked up.
    pub(super) fn host(&self) -> String {
        let place = &self.subject.service.place;
        format!("{}.{}.svc:{}", place.name, place.namespace, self.endpoint.port)
    }

    pub(super) fn is_https(&self) -> bool {
        self.endpoint.scheme == Scheme::Https
    }
}

impl Answer {
    pub(super) fn begin(status: StatusCode, headers: HeaderMap) -> Self {
        // A stream of events has no end, and that it is one says all.
        let is_whole = header_of(&headers, &header::CONTENT_TYPE).starts_with("text/event-stream");
        Self { status, headers, body: Vec::new(), is_whole }
    }

    /// Whether more of the body is wanted.
    pub(super) fn wants_more(&self) -> bool {
        !self.is_whole && self.body.len() <= CAP
    }

    pub(super) fn take(&mut self, piece: &[u8]) {
        // One more than is kept, which tells that there was more.
        let room = (CAP + 1).saturating_sub(self.body.len());
        self.body.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    /// Called when nothing more comes, or nothing more is wanted.
    pub(super) fn end(mut self) -> Self {
        self.is_whole |= self.body.len() <= CAP;
        self.body.truncate(CAP);
        self
    }

    /// Empty if it is not there or no text.
    pub(super) fn header(&self, name: &HeaderName) -> &str {
        header_of(&self.headers, name)
    }

    /// All of that name, those that are text: Elasticsearch says in a header each by what it can be asked.
    pub(super) fn headers(&self, name: &HeaderName) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|it| it.to_str().ok())
    }

    /// Without the blanks at its ends.
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.body.trim_ascii())
    }

    pub(super) fn is_html(&self) -> bool {
        self.body.trim_ascii_start().starts_with(b"<")
    }
}

fn header_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
}
