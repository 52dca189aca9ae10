//! The way from inside the cluster: to an address that was checked, and to no other.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use futures::future;
use http::header::{ACCEPT as ACCEPTS, ACCEPT_ENCODING};
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};

use super::{
    address::{Check, is_of_a_cluster},
    way::{ACCEPT, Answer, Page, Silence, Way},
};
use crate::toolsets::discovery::service::{Reach, Service};

/// So many pods of a headless Service are tried, one after the other.
const MOST_ADDRESSES: usize = 3;

pub(in crate::toolsets::discovery) struct Direct {
    check: Check,
}

impl Direct {
    pub(in crate::toolsets::discovery) fn new() -> Self {
        Self::checking(is_of_a_cluster)
    }

    /// With another opinion of which addresses may be asked.
    pub(super) fn checking(check: Check) -> Self {
        Self { check }
    }

    /// Where a Service is: its own address where pods are selected, which nobody who makes a Service can choose freely; else
    /// those of its pods. Never what its name means to a DNS server.
    fn addresses(&self, service: &Service, pods: &[IpAddr]) -> Result<Vec<SocketAddr>, Silence> {
        let fine = match &service.reach {
            Reach::ClusterIp(_) if service.selector.is_empty() => {
                return unreachable("it selects no pods, so that it may lead anywhere: not asked");
            }
            Reach::ClusterIp(address) => address.parse().into_iter().collect(),
            Reach::Headless => pods.to_vec(),
            Reach::ExternalName => Vec::new(),
        };
        let is_empty = fine.is_empty();
        let fine = fine.into_iter().filter(|it| (self.check)(*it));
        let fine: Vec<_> = fine.take(MOST_ADDRESSES).map(|it| SocketAddr::new(it, 0)).collect();
        match (is_empty, fine.is_empty()) {
            (true, _) => unreachable("no pod behind it is ready"),
            (false, true) => unreachable("it has no address that a pod or a Service can have"),
            (false, false) => Ok(fine),
        }
    }
}

fn unreachable<T>(why: &str) -> Result<T, Silence> {
    Err(Silence::Unreachable(why.to_owned()))
}

#[async_trait]
impl Way for Direct {
    async fn get(&self, page: &Page<'_>) -> Result<Answer, Silence> {
        let addresses = self.addresses(&page.subject.service, &page.subject.pods)?;
        let client = client(Pinned(addresses)).map_err(|it| silence(&it))?;
        let url = format!("{}://{}{}", page.endpoint.scheme, page.host(), page.full_path());
        let request = client.get(url).header(ACCEPTS, ACCEPT).header(ACCEPT_ENCODING, "identity");
        let mut response = request.send().await.map_err(|it| silence(&it))?;
        let mut answer = Answer::begin(response.status(), response.headers().clone());
        while answer.wants_more() {
            let Some(piece) = response.chunk().await.map_err(|it| silence(&it))? else { break };
            answer.take(&piece);
        }
        Ok(answer.end())
    }
}

/// For one exchange: its connection ends with it.
fn client(pinned: Pinned) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(concat!("tacklebox/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(pinned))
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        // A cluster's services sign their own certificates. Nothing secret is sent, and of the answer nothing is believed but that
        // it is this product: whoever uses the toolset verifies for themselves.
        .tls_danger_accept_invalid_certs(true)
        .build()
}

/// Whatever is looked up, these are its addresses.
struct Pinned(Vec<SocketAddr>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(future::ready(Ok(addresses)))
    }
}

fn silence(error: &reqwest::Error) -> Silence {
    let outer: &(dyn Error + 'static) = error;
    let chain = std::iter::successors(Some(outer), |&it| it.source()).take(16);
    let chain: Vec<_> = chain.collect();
    let kind = chain.iter().find_map(|it| Some(it.downcast_ref::<io::Error>()?.kind()));
    let texts: Vec<String> = chain.iter().map(|it| it.to_string().to_ascii_lowercase()).collect();
    let says = |words: &[&str]| words.iter().any(|it| texts.iter().any(|text| text.contains(it)));
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            Silence::Unreachable("connection refused".to_owned())
        }
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            Silence::Unreachable("there is no way to its network".to_owned())
        }
        Some(io::ErrorKind::TimedOut) => Silence::Unreachable("it does not answer".to_owned()),
        _ if says(&["corrupt message"]) => Silence::OtherScheme("it does not speak TLS"),
        _ if says(&["fatal alert"]) => {
            Silence::Unreachable("it speaks a TLS that we do not".to_owned())
        }
        _ if error.is_body() || error.is_decode() => {
            Silence::Unreachable("its answer breaks off".to_owned())
        }
        _ => Silence::OtherScheme("it closes the connection, or speaks no HTTP"),
    }
}
