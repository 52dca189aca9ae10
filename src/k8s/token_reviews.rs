//! Who the holder of a token is, as the cluster knows them, and whether they may call.
//!
//! This is asked with the server's own rights, for itself: in whose name else, while nobody knows yet who calls.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    clients::Clients, cluster::Cluster, error::Asked, guard::BadPattern, reviews,
    settings::Settings,
};
use crate::tool::{Caller, Session, ToolError};

const PATH: &str = "/apis/authentication.k8s.io/v1/tokenreviews";

/// How long one review may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the cluster of the current context.
pub struct TokenReviews {
    clients: Clients,
    /// For whom a token has to be made; none takes tokens for the cluster itself.
    audiences: Vec<String>,
    right: Right,
}

/// The object that a caller has to be allowed to get. Never a path: everybody may get the paths below `/api`.
#[derive(Debug, Clone)]
pub struct Right {
    pub group: String,
    /// The plural.
    pub resource: String,
    pub namespace: String,
    pub name: String,
}

/// What the cluster says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewed {
    Known {
        name: String,
        groups: Vec<String>,
    },
    /// It is nobody's, nobody's any more, or not for us.
    Unknown,
    /// It is somebody's who may not call.
    Forbidden {
        name: String,
        why: String,
    },
}

#[derive(Deserialize)]
struct Answer<T> {
    status: Option<T>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authentication {
    authenticated: bool,
    user: User,
    audiences: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
    uid: String,
    groups: Vec<String>,
    extra: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Access {
    allowed: bool,
}

impl TokenReviews {
    pub fn new(
        settings: Settings,
        audiences: Vec<String>,
        right: Right,
    ) -> Result<Self, BadPattern> {
        Ok(Self { clients: Clients::new(settings)?, audiences, right })
    }

    /// An error is a cluster that cannot be asked: it says nothing of the token.
    pub async fn review(&self, token: &SecretString) -> Result<Reviewed, ToolError> {
        let deadline = Instant::now() + PATIENCE;
        let session = Session::of(Caller::named("tacklebox")).until(deadline);
        let cluster = self.clients.cluster(None, &session).await?;
        cluster.before(Some(deadline), self.ask(&cluster, token)).await
    }

    async fn ask(&self, cluster: &Cluster, token: &SecretString) -> Result<Reviewed, ToolError> {
        let Some(user) = self.user(cluster, token).await? else { return Ok(Reviewed::Unknown) };
        let Right { group, resource, namespace, name } = &self.right;
        let spec = json!({
            "user": user.username,
            "uid": user.uid,
            "groups": user.groups,
            "extra": user.extra,
            "resourceAttributes": {
                "verb": "get",
                "group": group,
                "resource": resource,
                "namespace": namespace,
                "name": name,
            },
        });
        let answer: Answer<Access> = reviews::ask(cluster, "subjectaccessreviews", &spec).await?;
        let User { username, groups, .. } = user;
        if answer.status.unwrap_or_default().allowed {
            return Ok(Reviewed::Known { name: username, groups });
        }
        let why = format!("{username} may not get {resource} {namespace}/{name}");
        Ok(Reviewed::Forbidden { name: username, why })
    }

    /// Whose token it is, if it is for us.
    async fn user(
        &self,
        cluster: &Cluster,
        token: &SecretString,
    ) -> Result<Option<User>, ToolError> {
        let mut spec = json!({ "token": token.expose_secret() });
        if let (false, Value::Object(spec)) = (self.audiences.is_empty(), &mut spec) {
            spec.insert("audiences".to_owned(), json!(self.audiences));
        }
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": spec,
        });
        let asked = Asked {
            verb: "create",
            resource: "tokenreviews.authentication.k8s.io",
            name: None,
            namespace: None,
        };
        let answer = cluster.review::<Answer<Authentication>>(PATH, &review).await;
        let answer = answer.map_err(|error| cluster.explain(&error, &asked))?;
        let Authentication { authenticated, user, audiences } = answer.status.unwrap_or_default();
        // An API server that knows no audiences says none: then the token is for the API server itself.
        let is_for_us =
            self.audiences.is_empty() || audiences.iter().any(|it| self.audiences.contains(it));
        Ok((authenticated && is_for_us && !user.username.is_empty()).then_some(user))
    }
}
