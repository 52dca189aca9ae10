//! From where a page may call, and under which name it may have found the server: what a browser can be tricked into by DNS.

use http::{HeaderMap, Uri, header, uri::Authority};

/// Local addresses, under all their names.
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const LOCAL_ORIGINS: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// The hosts and the origins that are let in: the local ones, and those that the operator names.
#[derive(Clone)]
pub(super) struct Origins {
    pub(super) hosts: Vec<String>,
    pub(super) pages: Vec<String>,
}

impl Origins {
    pub(super) fn new(hosts: &[String], pages: &[String]) -> Self {
        let with = |own: [&str; 3], more: &[String]| -> Vec<String> {
            own.into_iter().map(str::to_owned).chain(more.iter().cloned()).collect()
        };
        Self { hosts: with(LOCAL_HOSTS, hosts), pages: with(LOCAL_ORIGINS, pages) }
    }

    /// What is wrong with where a request comes from, if anything is.
    pub(super) fn refuse(&self, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
        if !self.is_ours(uri, headers) {
            return Some("the Host header names no host that is let in (server.allowed_hosts)");
        }
        let origin = headers.get(header::ORIGIN)?;
        let fits = origin.to_str().is_ok_and(|it| self.pages.iter().any(|page| is_from(it, page)));
        (!fits).then_some("pages of this origin may not call (server.allowed_origins)")
    }

    fn is_ours(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let named = headers.get(header::HOST).map(|it| it.to_str().ok()?.parse().ok());
        let Some(host) = named.unwrap_or_else(|| uri.authority().cloned()) else { return false };
        self.hosts.iter().any(|it| is_host(&host, it))
    }
}

/// `name` alone stands for every port.
fn is_host(host: &Authority, allowed: &str) -> bool {
    let same = |name: &str| bare(host.host()).eq_ignore_ascii_case(bare(name));
    match allowed.parse::<Authority>() {
        Ok(allowed) if allowed.port().is_some() => {
            same(allowed.host()) && allowed.port_u16() == host.port_u16()
        }
        Ok(allowed) => same(allowed.host()),
        // An address of the newer kind, written without brackets.
        Err(_) => same(allowed),
    }
}

fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Browsers leave out the port that a scheme has anyhow; `*` and none at all stand for every port.
fn is_from(origin: &str, page: &str) -> bool {
    let parts = |text: &str| {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let usual = if scheme == "https" { 443 } else { 80 };
        Some((scheme, uri.host()?.to_ascii_lowercase(), uri.port_u16(), usual))
    };
    let (any, page) = page.strip_suffix(":*").map_or((false, page), |it| (true, it));
    let (Some(origin), Some(page)) = (parts(origin), parts(page)) else { return false };
    let (scheme, host, port, usual) = page;
    let is_port = any || port.is_none_or(|it| it == origin.2.unwrap_or(usual));
    scheme == origin.0 && host == origin.1 && is_port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(host: &str, origin: Option<&str>) -> bool {
        let hosts = ["tools.example:8443".to_owned(), "other.example".to_owned()];
        let origins = Origins::new(&hosts, &["https://page.example:443".to_owned()]);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        origin.map(|it| headers.insert(header::ORIGIN, it.parse().unwrap()));
        origins.refuse(&Uri::from_static("/"), &headers).is_some()
    }

    #[test]
    fn hosts_are_let_in_by_name_and_by_port_where_one_is_named() {
        for host in ["localhost:1", "127.0.0.1", "[::1]:80", "tools.example:8443", "OTHER.example"]
        {
            assert!(!refuses(host, None), "{host}");
        }
        for host in ["evil.example", "tools.example", "localhost.evil.example", "a b"] {
            assert!(refuses(host, None), "{host}");
        }
    }

    #[test]
    fn pages_are_let_in_by_scheme_host_and_port() {
        for page in ["http://localhost:3000", "http://[::1]:9", "https://page.example"] {
            assert!(!refuses("localhost", Some(page)), "{page}");
        }
        let foreign = [
            "null",
            "https://localhost:3000",
            "http://page.example:443",
            "https://page.example:8443",
            "https://page.example.evil.example",
        ];
        for page in foreign {
            assert!(refuses("localhost", Some(page)), "{page}");
        }
    }
}
