//! What the toolset is told when it is made.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::{holmes, service::Place};
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
    /// Services whose certificates HolmesGPT does not check: namespace and name.
    pub unverified: Vec<(String, String)>,
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
    /// Another one of that namespace that has the overrides.
    pub overrides: Option<String>,
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
        let unverified = self.unverified.iter().map(|(namespace, name)| place(namespace, name));
        let unverified = unverified.collect();
        Ok(holmes::Settings { domain, credentials, unverified, trusts_servers })
    }
}

impl Credential {
    pub(super) fn place(&self) -> Place {
        place(&self.namespace, &self.service)
    }

    fn holmes(&self) -> Result<holmes::Credential, String> {
        let service = self.place();
        let variable = |name: &str| {
            // It may be the secret itself.
            let wrong = || {
                format!(
                    "credentials of {service}: what is written there is no variable of HolmesGPT's environment in capitals such as GRAFANA_API_KEY"
                )
            };
            holmes::Variable::new(name).ok_or_else(wrong)
        };
        let secret = match &self.secret {
            Secret::None => holmes::Secret::None,
            Secret::Authorization(name) => holmes::Secret::Header(variable(name)?),
            Secret::ApiKey(name) => holmes::Secret::ApiKey(variable(name)?),
            Secret::Password { username, password } => holmes::Secret::Password {
                username: variable(username)?,
                password: variable(password)?,
            },
        };
        let tenant = self.tenant.as_deref().map(variable).transpose()?;
        Ok(holmes::Credential { service, secret, tenant })
    }
}

fn place(namespace: &str, name: &str) -> Place {
    Place { namespace: namespace.to_owned(), name: name.to_owned() }
}
