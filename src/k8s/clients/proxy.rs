//! Which proxy stands between here and a cluster.

use std::net::IpAddr;

use crate::k8s::settings::Environment;

/// The environment's proxy for that server, unless `NO_PROXY` exempts it.
pub(super) fn proxy_for<'a>(server: &http::Uri, environment: &'a Environment) -> Option<&'a str> {
    let proxy = environment.https_proxy.as_deref().filter(|it| !it.is_empty())?;
    let exempt = environment.no_proxy.as_deref().unwrap_or_default();
    let host = server.host()?.trim_matches(['[', ']']);
    (server.scheme_str() == Some("https") && !is_exempt(host, exempt)).then_some(proxy)
}

/// `NO_PROXY` is a list by comma of hosts, `.domains`, addresses, networks `10.0.0.0/8`, or `*`.
fn is_exempt(host: &str, exempt: &str) -> bool {
    let host = host.to_ascii_lowercase();
    exempt.split(',').map(str::trim).filter(|it| !it.is_empty()).any(|entry| covers(entry, &host))
}

fn covers(entry: &str, host: &str) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        return in_network(host, network, bits).unwrap_or(false);
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
    host == domain || host.strip_suffix(&domain).is_some_and(|it| it.ends_with('.'))
}

fn in_network(host: &str, network: &str, bits: &str) -> Option<bool> {
    let bits: u32 = bits.parse().ok()?;
    match (host.parse().ok()?, network.parse().ok()?) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            let outside = 32_u32.checked_sub(bits)?;
            let difference = u64::from(host.to_bits() ^ network.to_bits());
            Some(difference >> outside == 0)
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => {
            let outside = 128_u32.checked_sub(bits)?;
            Some((host.to_bits() ^ network.to_bits()).checked_shr(outside).unwrap_or(0) == 0)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exempted(server: &str, no_proxy: &str) -> bool {
        let environment = Environment {
            https_proxy: Some("http://proxy.test:3128".to_owned()),
            no_proxy: Some(no_proxy.to_owned()),
            ..Environment::default()
        };
        proxy_for(&server.parse().unwrap(), &environment).is_none()
    }

    #[test]
    fn no_proxy_is_about_the_server_and_not_about_the_proxy() {
        let table = [
            ("https://api.corp.test:6443", "", false),
            ("https://api.corp.test:6443", "proxy.test", false),
            ("https://api.corp.test:6443", "corp.test", true),
            ("https://api.corp.test:6443", ".corp.test, x", true),
            ("https://api.corp.test:6443", "*.corp.test", true),
            ("https://apicorp.test:6443", "corp.test", false),
            ("https://API.corp.test", "api.CORP.test", true),
            ("https://10.1.2.3:6443", "10.0.0.0/8", true),
            ("https://11.1.2.3:6443", "10.0.0.0/8", false),
            ("https://10.1.2.3:6443", "0.0.0.0/0", true),
            ("https://[fd00::1]:6443", "fd00::/8", true),
            ("https://[fd00::1]:6443", "::/0", true),
            ("https://[fe80::1]:6443", "fd00::/8", false),
            ("https://10.1.2.3:6443", "10.1.2.3/99", false),
            ("https://api.test", "*", true),
            ("http://127.0.0.1:8001", "", true),
        ];
        for (server, no_proxy, expected) in table {
            assert_eq!(exempted(server, no_proxy), expected, "{server} with NO_PROXY={no_proxy}");
        }
    }
}
