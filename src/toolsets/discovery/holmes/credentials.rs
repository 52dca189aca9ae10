//! Credentials: never a secret, only the name of the variable of HolmesGPT's own environment that holds it.

use serde_json::{Map, Value, json};

use super::{
    super::{detector::Toolset, service::Place},
    candidate::Candidate,
};

/// What HolmesGPT is to send to one service: one that is called otherwise must not be sent it, whoever made it.
#[derive(Debug, Clone)]
pub(in crate::toolsets::discovery) struct Credential {
    pub(in crate::toolsets::discovery) service: Place,
    pub(in crate::toolsets::discovery) secret: Secret,
    /// Of the variable that holds the tenant, which goes into `X-Scope-OrgID`.
    pub(in crate::toolsets::discovery) tenant: Option<Variable>,
}

/// How it is proved who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) enum Secret {
    /// Only the tenant counts.
    None,
    ApiKey(Variable),
    Password {
        username: Variable,
        password: Variable,
    },
    /// A whole `Authorization` header, for what has no setting of its own: `Basic dXNlcjpwYXNz`.
    Header(Variable),
}

/// The name of a variable of HolmesGPT's environment: `GRAFANA_API_KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Variable(String);

impl Variable {
    /// `None` for a name that is not of capitals, digits and `_`.
    pub(in crate::toolsets::discovery) fn new(name: &str) -> Option<Self> {
        let is_plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
        let is_name = name.len() <= 128
            && name.bytes().all(is_plain)
            && name.starts_with(|it: char| !it.is_ascii_digit());
        is_name.then(|| Self(name.to_owned()))
    }

    /// What HolmesGPT fills in.
    fn text(&self) -> String {
        format!("{{{{ env.{} }}}}", self.0)
    }
}

const AUTHORIZATION: &str = "Authorization";

impl Credential {
    pub(super) fn is_for(&self, candidate: &Candidate<'_>) -> bool {
        self.service == *candidate.place()
    }

    /// Whether HolmesGPT has a setting for it in such a toolset.
    pub(super) fn is_known_to(&self, toolset: &Toolset) -> bool {
        let by_password = matches!(self.secret, Secret::Password { .. });
        match toolset {
            Toolset::Prometheus | Toolset::Mcp => !by_password,
            Toolset::Elasticsearch => {
                self.tenant.is_none()
                    && matches!(self.secret, Secret::ApiKey(_) | Secret::Password { .. })
            }
            _ => true,
        }
    }

    /// The fields of a toolset of Grafana's family or Elasticsearch's, which have settings of their own.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        match &self.secret {
            Secret::None | Secret::Header(_) => {}
            Secret::ApiKey(key) => {
                fields.insert("api_key".to_owned(), key.text().into());
            }
            Secret::Password { username, password } => {
                fields.insert("username".to_owned(), username.text().into());
                fields.insert("password".to_owned(), password.text().into());
            }
        }
        let mut headers = self.tenant_header();
        if let Secret::Header(header) = &self.secret {
            headers.insert(AUTHORIZATION.to_owned(), header.text().into());
        }
        if !headers.is_empty() {
            fields.insert("additional_headers".to_owned(), headers.into());
        }
        fields
    }

    /// The headers for what knows nothing else.
    pub(super) fn headers(&self) -> Map<String, Value> {
        let mut headers = self.tenant_header();
        let authorization = match &self.secret {
            Secret::ApiKey(key) => format!("Bearer {}", key.text()),
            Secret::Header(header) => header.text(),
            Secret::None | Secret::Password { .. } => return headers,
        };
        headers.insert(AUTHORIZATION.to_owned(), authorization.into());
        headers
    }

    /// `auth` of a toolset of requests.
    pub(super) fn auth(&self) -> Value {
        match &self.secret {
            Secret::None => json!({"type": "none"}),
            Secret::ApiKey(key) => json!({"type": "bearer", "token": key.text()}),
            Secret::Password { username, password } => {
                json!({"type": "basic", "username": username.text(), "password": password.text()})
            }
            Secret::Header(header) => {
                json!({"type": "header", "name": AUTHORIZATION, "value": header.text()})
            }
        }
    }

    pub(super) fn tenant_header(&self) -> Map<String, Value> {
        let tenant = self.tenant.iter();
        tenant.map(|it| ("X-Scope-OrgID".to_owned(), it.text().into())).collect()
    }
}
