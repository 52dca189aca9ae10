//! From a context of the kubeconfig to a client. Everything here blocks, and is run on a thread of its own.

use std::{io, net::IpAddr, time::Duration};

use http::{HeaderValue, Request, Response, Uri, header::USER_AGENT};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use kube::{
    Client, Config,
    client::{Body, ClientBuilder},
    config::{AuthInfo, KubeConfigOptions, Kubeconfig, KubeconfigError, LoadDataError},
};
use tokio::time;
use tower::{BoxError, filter::FilterLayer, service_fn, util::MapRequestLayer};

use super::{NoCluster, certificate, impersonation::Name, plugin, proxy::proxy_for};
use crate::k8s::{guard::Guard, settings::Environment};

/// A cluster that does not take a connection by then is taken for silent.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// A plugin that opens a browser or asks for a password never answers.
const PLUGIN_LIMIT: Duration = Duration::from_secs(8);
/// For a page of a list to be there, or for a watch to begin. Busy API servers take less.
const PATIENCE: Duration = Duration::from_secs(30);

/// No page of a list that a watcher asks for has more bytes: whoever may make objects must not fill the memory with them.
const LARGEST: usize = 32 << 20;

/// Where a context leads and who one is there.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) config: Config,
    /// The user's name in the kubeconfig, or the one it impersonates.
    pub(super) user: Option<String>,
}

pub(super) struct Connected {
    pub(super) client: Client,
    /// When the credentials have to be renewed.
    pub(super) expires: Option<Timestamp>,
    pub(super) certificate_end: Option<Timestamp>,
}

/// The way to a context, with every name in it checked.
pub(super) async fn route(
    kubeconfig: &Kubeconfig,
    context: &str,
    environment: &Environment,
) -> Result<Route, NoCluster> {
    let entry = kubeconfig.contexts.iter().find(|it| it.name == context);
    let entry = entry.and_then(|it| it.context.clone()).unwrap_or_default();
    let unusable = |problem: String| NoCluster::unusable(format!("context {context}: {problem}"));
    if !kubeconfig.clusters.iter().any(|it| it.name == entry.cluster) {
        return Err(unusable(format!("its cluster {:?} is not in the kubeconfig", entry.cluster)));
    }
    let user = entry.user.filter(|it| !it.is_empty());
    let is_known = |user: &String| kubeconfig.auth_infos.iter().any(|it| it.name == *user);
    if let Some(missing) = user.as_ref().filter(|it| !is_known(it)) {
        return Err(unusable(format!("its user {missing:?} is not in the kubeconfig")));
    }
    let options =
        KubeConfigOptions { context: Some(context.to_owned()), cluster: None, user: None };
    let mut config = Config::from_custom_kubeconfig(kubeconfig.clone(), &options)
        .await
        .map_err(|error| unusable(plainly(&error)))?;
    let cluster = kubeconfig.clusters.iter().find(|it| it.name == entry.cluster);
    let configured = cluster.and_then(|it| it.cluster.as_ref()?.proxy_url.as_deref());
    let proxy = configured.filter(|it| !it.is_empty());
    let proxy = proxy.or_else(|| proxy_for(&config.cluster_url, environment));
    config.proxy_url = proxy
        .map(str::parse)
        .transpose()
        .map_err(|_| unusable("its proxy (proxy-url, HTTPS_PROXY) is not a URL".to_owned()))?;
    let user = config.auth_info.impersonate.clone().or(user);
    Ok(Route { config, user })
}

/// The way for a pod, by its service account.
pub(super) fn in_cluster() -> Result<Route, NoCluster> {
    let config = Config::incluster_env()
        .map_err(|error| NoCluster::unusable(format!("the pod's ServiceAccount: {error}")))?;
    Ok(Route { config, user: None })
}

/// Runs the credential plugin if there is one, reads certificates, and sets up TLS; opens no connection.
pub(super) fn connect(route: Route, guard: Guard) -> Result<Connected, String> {
    let Route { mut config, .. } = route;
    let expires = plugin::resolve(&mut config.auth_info, PLUGIN_LIMIT)?;
    config.connect_timeout = Some(CONNECT_LIMIT);
    // The deadline of the call rules.
    config.read_timeout = None;
    config.write_timeout = None;
    // The default retries until the deadline, and hides why.
    config.default_retry = false;
    config.disable_compression |= is_near(&config.cluster_url);
    let agent = concat!("tacklebox/", env!("CARGO_PKG_VERSION"));
    config.headers.push((USER_AGENT, HeaderValue::from_static(agent)));
    if config.accept_invalid_certs || config.cluster_url.scheme_str() == Some("http") {
        // Nothing is verified against them: spare reading the system's certificates.
        config.root_cert.get_or_insert_default();
    }
    let problem = |error: kube::Error| credentials_problem(&config.auth_info, &error);
    let builder = ClientBuilder::try_from(config.clone()).map_err(problem)?;
    let client = builder.with_layer(&FilterLayer::new(guard)).build();
    Ok(Connected { client, expires, certificate_end: certificate::end(&config.auth_info) })
}

/// The same client, on the same connections, with every request in somebody's name before the guard sees it.
#[expect(
    clippy::disallowed_methods,
    reason = "goes through the client that it wraps, and so through its guard"
)]
pub(super) fn impersonating(client: &Client, name: Name) -> Client {
    let (namespace, shared) = (client.default_namespace().to_owned(), client.clone());
    let ask = service_fn(move |request| {
        let shared = shared.clone();
        async move { shared.send(request).await }
    });
    let sign = MapRequestLayer::new(move |request: Request<Body>| name.sign(request));
    ClientBuilder::new(ask, namespace).with_layer(&sign).build()
}

/// The same client, on the same connections, for a watcher. A watcher itself gives up a watch on which nothing comes. For a list that
/// does not come, and for a watch that does not begin, it would wait as long as the connection stands; here they fail.
#[expect(
    clippy::disallowed_methods,
    reason = "goes through the client that it wraps, and so through its guard"
)]
pub(crate) fn impatient(client: &Client) -> Client {
    let (namespace, shared) = (client.default_namespace().to_owned(), client.clone());
    let ask = service_fn(move |request| {
        let shared = shared.clone();
        async move {
            let answer = time::timeout(PATIENCE, answer(&shared, request)).await;
            answer.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        }
    });
    ClientBuilder::new(ask, namespace).build()
}

/// All of it, but for a watch, which has no end.
async fn answer(client: &Client, request: Request<Body>) -> Result<Response<Body>, BoxError> {
    let query = request.uri().query().unwrap_or_default();
    let is_watch = query.split('&').any(|it| it == "watch=true");
    let response = client.send(request).await?;
    if is_watch {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = Limited::new(body, LARGEST).collect().await?;
    Ok(Response::from_parts(head, body.to_bytes().into()))
}

/// Whether unpacking costs more than the way gains. Most tables stay below the 128 kB from which the API server packs at all.
fn is_near(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse() {
        Ok(IpAddr::V4(it)) => it.is_loopback() || it.is_private() || it.is_link_local(),
        Ok(IpAddr::V6(it)) => it.is_loopback() || it.is_unique_local(),
        Err(_) => {
            host == "localhost" || !host.contains('.') || host.split('.').next_back() == Some("svc")
        }
    }
}

fn plainly(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::LoadCertificateAuthority(LoadDataError::ReadFile(error, path)) => {
            format!("its certificate-authority {} cannot be read: {error}", path.display())
        }
        other => other.to_string(),
    }
}

fn credentials_problem(user: &AuthInfo, error: &kube::Error) -> String {
    let files = [&user.client_certificate, &user.client_key, &user.token_file];
    let missing = files.into_iter().flatten().find(|it| !std::path::Path::new(it).exists());
    missing.map_or_else(
        || format!("the credentials cannot be used: {}", innermost(error)),
        |it| format!("the credentials cannot be used: {it} does not exist"),
    )
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
