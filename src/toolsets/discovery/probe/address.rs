//! Which addresses may be asked: a Service's own, and those of pods. Whoever may make a Service could else have us ask anybody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use k8s_openapi::api::discovery::v1::EndpointSlice;

/// Says yes to an address that may be asked.
pub(in crate::toolsets::discovery) type Check = fn(IpAddr) -> bool;

/// Where clouds tell a machine its secrets, besides the link-local addresses: Alibaba, Azure and Oracle.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
/// The same of Google, Oracle, Scaleway, Akamai and Alibaba. Amazon's are a whole range: [`is_amazons_own`].
const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    Ipv6Addr::new(0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200),
];

/// Whether a pod or a Service can have that address. Pods of the node's own network have any address that a node can have.
pub(in crate::toolsets::discovery) fn is_of_a_cluster(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => is_fine_v4(it),
        IpAddr::V6(it) => carried(it).map_or_else(|| is_fine_v6(it), is_fine_v4),
    }
}

fn is_fine_v4(address: Ipv4Addr) -> bool {
    let is_this_network = address.octets().first() == Some(&0);
    !(is_this_network
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || METADATA_V4.contains(&address))
}

fn is_fine_v6(address: Ipv6Addr) -> bool {
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || is_amazons_own(address)
        || is_translated(address)
        || METADATA_V6.contains(&address))
}

/// `fd00:ec2::/32`: there a machine is told its secrets (`::254`), and a pod those of its role (`::23`). Clusters have other parts of
/// `fd00::/8`, which is why that is not refused as a whole.
fn is_amazons_own(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0xfd00, 0xec2, ..])
}

/// Ranges in which every address stands for one of IPv4 that cannot be told from outside: a site's own translation
/// (`64:ff9b:1::/48`) and Teredo (`2001::/32`). No pod has one.
fn is_translated(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0x64, 0xff9b, 1, ..] | [0x2001, 0, ..])
}

/// The IPv4 address to which a packet for this IPv6 address goes in the end: mapped (`::ffff:a.b.c.d`), translated
/// (`64:ff9b::a.b.c.d`, `::ffff:0:a.b.c.d`) or by 6to4 (`2002:aabb:ccdd::`).
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let in_two = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(in_two(high, low)),
        // The oldest way to carry one; `::` and `::1` are not meant.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(in_two(high, low)),
        _ => None,
    }
}

/// The addresses of ready pods of that namespace in the slices of a Service, in their order. An address that names no pod, or one
/// elsewhere, somebody wrote by hand: it is left out, as the API server's own proxy does. That the pod has this address is not
/// known here.
pub(in crate::toolsets::discovery) fn pod_addresses<'a>(
    slices: impl IntoIterator<Item = &'a EndpointSlice>,
    namespace: &str,
) -> Vec<IpAddr> {
    let endpoints = slices.into_iter().flat_map(|it| it.endpoints.iter().flatten());
    let of_pods = endpoints.filter(|it| {
        let is_ready = it.conditions.as_ref().is_none_or(|it| it.ready != Some(false));
        let target = it.target_ref.as_ref();
        let is_pod = target.is_some_and(|it| it.kind.as_deref() == Some("Pod"));
        let place = target.and_then(|it| it.namespace.as_deref());
        is_ready && is_pod && place.is_none_or(|it| it == namespace)
    });
    of_pods.flat_map(|it| &it.addresses).filter_map(|it| it.parse().ok()).collect()
}
