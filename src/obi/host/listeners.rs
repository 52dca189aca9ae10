//! What is listened at, from `/proc/net/tcp`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    pub address: IpAddr,
    pub port: u16,
}

/// The state of a socket that is listened at.
const LISTENING: &str = "0A";

/// Those of `/proc/net/tcp` or `/proc/net/tcp6`.
pub(super) fn listeners(table: &str) -> Vec<Listener> {
    table.lines().skip(1).filter_map(listener).collect()
}

fn listener(line: &str) -> Option<Listener> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (local, state) = (words.next()?, words.nth(1)?);
    (state == LISTENING).then_some(())?;
    let (address, port) = local.split_once(':')?;
    Some(Listener { address: parsed(address)?, port: u16::from_str_radix(port, 16).ok()? })
}

/// Words of four bytes each, as they lie in memory.
fn parsed(address: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = address.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.swap_bytes())
    };
    match address.len() {
        8 => Some(Ipv4Addr::from_bits(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bits = words.iter().fold(0, |bits, word| (bits << 32) | u128::from(*word));
            Some(Ipv6Addr::from_bits(bits).into())
        }
        _ => None,
    }
}

impl Listener {
    /// Whether nobody else can listen at that address and port.
    pub(super) fn takes(&self, address: IpAddr, port: u16) -> bool {
        let is_everywhere = self.address.is_unspecified() || address.is_unspecified();
        self.port == port && (is_everywhere || self.address.to_canonical() == address)
    }
}
