//! What the toolset is told when it is made.

use std::time::Duration;

use globset::Glob;
use reqwest::Url;
use secrecy::SecretString;

use super::holmes;
use crate::{k8s::Names, output::Redactor};

/// Everything that the configuration has to say; nothing else is read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The contexts that are looked through; none means the current one.
    pub contexts: Vec<String>,
    /// How often everything is read and asked anew.
    pub interval: Duration,
    /// Which namespaces are looked through.
    pub namespaces: Names,
    /// Whether somebody has said which these are, and not just all.
    pub namespaces_are_chosen: bool,
    pub probing: Probing,
    /// What stands behind the namespace in the names of Services: `svc.cluster.local`.
    pub domain: String,
    /// An operator's own detectors: the name of a file, and what is in it.
    pub detectors: Vec<(String, String)>,
    pub credentials: Vec<Credential>,
    /// `None` publishes nothing.
    pub publish: Option<Publish>,
    /// The one that renders the answers.
    pub redactor: Redactor,
}

/// What HolmesGPT has for a service: names of variables of its environment, never values.
#[derive(Debug, Clone)]
pub struct Credential {
    pub namespace: String,
    pub service: String,
    pub secret: Secret,
    /// Of the tenant that is sent with it.
    pub tenant: Option<String>,
}

#[derive(Debug, Clone)]
pub enum Secret {
    /// Only the tenant counts.
    None,
    /// A whole header.
    Authorization(String),
    ApiKey(String),
    Password {
        username: String,
        password: String,
    },
}

/// Where the toolset is published.
#[derive(Debug, Clone)]
pub struct Publish {
    pub namespace: String,
    pub config_map: String,
    /// Whether it is kept true; otherwise it is written on request.
    pub is_kept: bool,
    /// As kubernaut had it, besides.
    pub for_kubernaut: bool,
    pub lease: String,
    /// The name of this pod or machine.
    pub host: String,
    pub reload: Option<Reload>,
}

/// Where HolmesGPT is told to load its toolsets anew.
#[derive(Debug, Clone)]
pub struct Reload {
    pub url: Url,
    pub token: Option<SecretString>,
}

/// How Services are asked what they are.
#[derive(Debug, Clone, Copy)]
pub struct Probing {
    pub via: Via,
    /// For all that one Service is asked.
    pub timeout: Duration,
    /// How many are asked at the same time.
    pub parallel: usize,
}

/// Which way they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// At their own addresses.
    Direct,
    /// Through the API server's service proxy.
    Proxy,
}

impl Settings {
    /// What is said about the document; a service or a variable that cannot be called so is told.
    pub(super) fn holmes(&self) -> Result<holmes::Settings, Vec<String>> {
        let (mut credentials, mut problems) = (Vec::new(), Vec::new());
        for credential in &self.credentials {
            match credential.holmes() {
                Ok(it) => credentials.push(it),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (domain, trusts_servers) = (self.domain.clone(), self.namespaces_are_chosen);
        Ok(holmes::Settings { domain, credentials, unverified: Vec::new(), trusts_servers })
    }
}

impl Credential {
    fn holmes(&self) -> Result<holmes::Credential, String> {
        let place = format!("credentials of {}/{}", self.namespace, self.service);
        let variable = |name: &str| {
            holmes::Variable::new(name).ok_or_else(|| format!("{place}: {name} is no variable"))
        };
        let name = Glob::new(&self.service).map_err(|error| format!("{place}: {error}"))?;
        let secret = match &self.secret {
            Secret::None => holmes::Secret::None,
            Secret::Authorization(name) => holmes::Secret::Header(variable(name)?),
            Secret::ApiKey(name) => holmes::Secret::ApiKey(variable(name)?),
            Secret::Password { username, password } => holmes::Secret::Password {
                username: variable(username)?,
                password: variable(password)?,
            },
        };
        let services = holmes::Which {
            namespace: self.namespace.clone(),
            name: name.compile_matcher(),
            product: None,
        };
        let tenant = self.tenant.as_deref().map(variable).transpose()?;
        Ok(holmes::Credential { services, secret, tenant })
    }
}
