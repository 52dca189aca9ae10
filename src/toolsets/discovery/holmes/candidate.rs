//! A service that may stand in a document: every text of it is checked, and how it is to be asked is decided.

use super::{
    super::{
        detector::Toolset,
        finding::{Found, Health},
        service::Place,
    },
    Settings,
    credentials::Credential,
    words::{is_domain, is_label, is_path, is_prefix, is_title, is_version, quoted},
};

#[derive(Debug)]
pub(super) struct Candidate<'a> {
    found: &'a Found,
    pub(super) url: String,
    pub(super) access: Access<'a>,
    /// Whether its certificate is checked, if it has one.
    pub(super) is_verified: bool,
}

/// How HolmesGPT gets in.
#[derive(Debug)]
pub(super) enum Access<'a> {
    Open,
    By(&'a Credential),
    /// It asks for credentials, and none are configured that HolmesGPT could send.
    Closed,
}

impl<'a> Candidate<'a> {
    /// Or why it is left out.
    pub(super) fn of(found: &'a Found, settings: &'a Settings) -> Result<Self, String> {
        check(found, &settings.domain)?;
        let url = found.endpoint.url(&found.finding.place, &settings.domain);
        let is_verified = !settings.unverified.contains(&found.finding.place);
        let mut candidate = Self { found, url, access: Access::Closed, is_verified };
        candidate.access = candidate.access(settings);
        Ok(candidate)
    }

    /// Credentials win over what is open: whoever configured them wants them to be sent.
    fn access(&self, settings: &'a Settings) -> Access<'a> {
        let mut known = settings.credentials.iter().filter(|it| it.is_known_to(self.toolset()));
        if let Some(credential) = known.find(|it| it.is_for(self)) {
            return Access::By(credential);
        }
        match self.found.health {
            Health::Ready { open: true, .. } => Access::Open,
            _ => Access::Closed,
        }
    }

    /// Why credentials that are configured for it are not used.
    pub(super) fn unsuited(&self, settings: &Settings) -> Option<String> {
        let covered = settings.credentials.iter().any(|it| it.is_for(self));
        (covered && !matches!(self.access, Access::By(_))).then(|| {
            format!(
                "{}: HolmesGPT cannot send such credentials to {}: give `authorization`, the name of a variable with a whole Authorization header, or `api_key`",
                self.place(),
                self.title()
            )
        })
    }

    pub(super) fn is_untrusted(&self, settings: &Settings) -> bool {
        *self.toolset() == Toolset::Mcp && !settings.trusts_servers
    }

    pub(super) fn place(&self) -> &'a Place {
        &self.found.finding.place
    }

    pub(super) fn product(&self) -> &'a str {
        &self.found.finding.detector.product
    }

    pub(super) fn title(&self) -> &'a str {
        &self.found.finding.detector.title
    }

    pub(super) fn toolset(&self) -> &'a Toolset {
        &self.found.finding.detector.toolset
    }

    pub(super) fn prefix(&self) -> &'a str {
        &self.found.endpoint.prefix
    }

    /// `http://jaeger.tracing.svc:16686`
    pub(super) fn host(&self) -> &str {
        self.url.strip_suffix(self.prefix()).unwrap_or(&self.url)
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.url.starts_with("https:")
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.access, Access::Closed)
    }

    pub(super) fn credential(&self) -> Option<&'a Credential> {
        if let Access::By(it) = self.access { Some(it) } else { None }
    }

    pub(super) fn confidence(&self) -> &'static str {
        self.found.finding.confidence.word()
    }

    pub(super) fn health(&self) -> &'static str {
        self.found.health.word()
    }

    pub(super) fn version(&self) -> Option<&'a str> {
        version(&self.found.health)
    }
}

fn version(health: &Health) -> Option<&str> {
    if let Health::Ready { version, .. } = health { version.as_deref() } else { None }
}

fn check(found: &Found, domain: &str) -> Result<(), String> {
    let place = &found.finding.place;
    let detector = &found.finding.detector;
    let who = || format!("{}/{}", place.namespace, place.name);
    let unfit =
        |of: String, what: &str, text: &str| Err(format!("{of}: its {what} is {}", quoted(text)));
    if !is_label(&place.namespace) {
        return unfit("a Service".to_owned(), "namespace", &place.namespace);
    }
    if !is_label(&place.name) {
        return unfit(format!("a Service in {}", place.namespace), "name", &place.name);
    }
    if !is_label(&detector.product) {
        return unfit(who(), "product", &detector.product);
    }
    if !is_title(&detector.title) {
        return unfit(who(), "product's title", &detector.title);
    }
    if !is_prefix(&found.endpoint.prefix) {
        return unfit(who(), "prefix", &found.endpoint.prefix);
    }
    if let Some(version) = version(&found.health).filter(|it| !is_version(it)) {
        return unfit(who(), "version", version);
    }
    if !is_domain(domain) {
        return unfit(who(), "cluster's domain", domain);
    }
    if found.endpoint.port == 0 {
        return unfit(who(), "port", "0");
    }
    if let Toolset::Http { paths, health } = &detector.toolset {
        let paths = paths.iter().chain([health]);
        if let Some(path) = paths.into_iter().find(|it| !is_path(it)) {
            return unfit(who(), "product's path", path);
        }
    }
    Ok(())
}
