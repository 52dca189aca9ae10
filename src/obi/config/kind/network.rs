//! Addresses, networks, ports and interfaces.

use std::net::IpAddr;

use super::{Wrong, rounded, scalar, shown, whole, wrong};
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

/// A text of numbers and ranges, or a list of numbers.
pub(super) fn ports(value: &Node) -> Option<Wrong> {
    if let Content::List(items) = &value.content {
        return items.iter().find_map(port);
    }
    let text = scalar(value);
    if text.as_deref().is_some_and(|it| it.trim().is_empty() || are_numbers(it)) {
        return None;
    }
    wrong(
        format!("{} is no list of numbers or ranges", shown(value)),
        "write numbers and ranges: \"80,443,8000-8999\"",
    )
}

/// The same of version 2, which reads no list. It knows another form, in which nobody writes it.
pub(super) fn one_text(value: &Node) -> Option<Wrong> {
    match &value.content {
        Content::List(_) => wrong(
            "a list is not read here",
            "write one text with numbers and ranges: \"8080,9000-9010\"",
        ),
        Content::Fields(fields) if fields.iter().all(|(key, _)| key.name == "ranges") => None,
        _ => ports(value),
    }
}

fn are_numbers(text: &str) -> bool {
    let number = |it: &str| {
        let digits = it.trim();
        !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
    };
    text.split(',').all(|it| {
        it.split_once('-').map_or_else(|| number(it), |(low, high)| number(low) && number(high))
    })
}

/// One of a list. In quotes it is a text, even if that is a number.
fn port(value: &Node) -> Option<Wrong> {
    let taken = |it: i64| {
        let wrong = Wrong::new(format!("{it} is no number of a port or process"), "leave it out");
        wrong.but("OBI takes it, and it meets nothing")
    };
    if value.is_null() {
        return Some(taken(0));
    }
    let Content::Number(number) = &value.content else {
        return wrong(
            format!("{} in a list is no number", shown(value)),
            "write one text, in which there may be ranges: \"8080,9000-9010\"",
        );
    };
    whole(number).filter(|it| *it < 0).map(taken).or_else(|| rounded(number))
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
