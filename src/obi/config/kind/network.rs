//! Addresses, networks, ports and interfaces.

use std::net::IpAddr;

use super::{Wrong, scalar, shown, wrong};
use crate::tree::{Content, Node};

pub(super) fn ip(value: &Node) -> Option<Wrong> {
    let text = scalar(value).unwrap_or_default();
    if text.is_empty() || text.parse::<IpAddr>().is_ok() {
        return None;
    }
    let fix = if text == "localhost" {
        "write 127.0.0.1"
    } else {
        "write an address, not a name: 127.0.0.1"
    };
    wrong(format!("{} is no IP address", shown(value)), fix)
}

pub(super) fn ports(value: &Node) -> Option<Wrong> {
    if let Content::List(items) = &value.content {
        return items.iter().find_map(ports);
    }
    let text = scalar(value).unwrap_or_default();
    let number = |it: &str| it.trim().parse::<u32>().is_ok();
    let is_range =
        |it: &str| it.split_once('-').is_some_and(|(low, high)| number(low) && number(high));
    if text.split(',').all(|it| number(it) || is_range(it)) {
        return None;
    }
    wrong(
        format!("{} is no list of numbers or ranges", shown(value)),
        "write numbers and ranges: \"80,443,8000-8999\"",
    )
}

pub(super) fn interface(value: &Node) -> Option<Wrong> {
    let text = scalar(value).unwrap_or_default();
    if ["", "external", "local"].contains(&text.as_str()) || text.starts_with("name:") {
        return None;
    }
    wrong(
        format!("{text} is not known"),
        "write external, local, or name: with the name of an interface: name:eth0",
    )
}

pub(super) fn cidr(value: &Node) -> Option<Wrong> {
    let named = value.get("cidr");
    let value = named.unwrap_or(value);
    let text = scalar(value).unwrap_or_default();
    let is_network = text.split_once('/').is_some_and(|(address, length)| {
        let most = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|it| it <= most)
    });
    if is_network {
        return None;
    }
    wrong(
        format!("{} is no network", shown(value)),
        "write an address with the length of its prefix: 10.0.0.0/8",
    )
}
