//! Ports that stay ours while a process is down between a kill and a restart.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use anyhow::{Context, Result};

/// Below the range from which Linux gives ports to clients, which could take one in a quiet moment.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// A supply of free TCP ports. The UDP port of the same number, which nobody needs, is the lease: it can be
/// held without listening, processes side by side see it, and the system ends it with the process.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    leases: Vec<UdpSocket>,
}

impl Ports {
    pub(crate) fn take(&mut self) -> Result<u16> {
        let (lease, port) = RANGE.into_iter().find_map(lease).context("no port is free")?;
        self.leases.push(lease);
        Ok(port)
    }
}

fn lease(port: u16) -> Option<(UdpSocket, u16)> {
    let lease = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
    // Others, who know nothing of leases, may listen there.
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).ok()?;
    Some((lease, port))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn two_supplies_share_no_port() {
        let (mut one, mut other) = (Ports::default(), Ports::default());
        let taken: HashSet<u16> =
            (0..20).flat_map(|_| [one.take().unwrap(), other.take().unwrap()]).collect();
        assert_eq!(taken.len(), 40);
    }
}
