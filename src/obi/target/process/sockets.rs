//! The ports of a process, from the kernel's tables of sockets.

use std::collections::{BTreeSet, HashMap};

/// Ports of the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sockets {
    /// What OBI takes for open ports: the near end of every socket, those of clients and of UDP included.
    pub local: BTreeSet<u16>,
    /// Those at which it waits for somebody to connect.
    pub listening: BTreeSet<u16>,
    /// The far ends of its connections.
    pub remote: BTreeSet<u16>,
    /// How many connections there are to its listening ports.
    pub served: usize,
    /// Why they are not known.
    pub unreadable: Option<String>,
}

impl Sockets {
    /// Of a process that waits at those.
    pub fn listening(ports: impl IntoIterator<Item = u16>) -> Self {
        let ports: BTreeSet<u16> = ports.into_iter().collect();
        Self { local: ports.clone(), listening: ports, ..Self::default() }
    }

    pub(super) fn of(inodes: &[u64], table: &Table) -> Self {
        let rows: Vec<&Row> = inodes.iter().filter_map(|it| table.0.get(it)).collect();
        let mut sockets =
            Self { local: rows.iter().map(|it| it.local).collect(), ..Self::default() };
        for row in rows.iter().filter(|it| it.is_tcp) {
            match row.state {
                LISTENING => drop(sockets.listening.insert(row.local)),
                ESTABLISHED => drop(sockets.remote.insert(row.remote)),
                _ => {}
            }
        }
        let is_served = |it: &&Row| {
            it.is_tcp && it.state == ESTABLISHED && sockets.listening.contains(&it.local)
        };
        sockets.served = rows.iter().copied().filter(is_served).count();
        sockets
    }
}

const ESTABLISHED: u8 = 1;
const LISTENING: u8 = 10;

/// All sockets of one network, by their inodes.
#[derive(Debug, Default)]
pub(super) struct Table(HashMap<u64, Row>);

#[derive(Debug)]
struct Row {
    is_tcp: bool,
    local: u16,
    remote: u16,
    state: u8,
}

impl Table {
    /// Takes the lines of `/proc/net/tcp` and of those beside it. Such as are no sockets are headings.
    pub(super) fn add(&mut self, is_tcp: bool, lines: &str) {
        self.0.extend(lines.lines().filter_map(|it| row(is_tcp, it)));
    }
}

fn row(is_tcp: bool, line: &str) -> Option<(u64, Row)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let port = |at: usize| {
        let (_, port) = words.get(at)?.rsplit_once(':')?;
        u16::from_str_radix(port, 16).ok()
    };
    let state = u8::from_str_radix(words.get(3)?, 16).ok()?;
    let inode = words.get(9)?.parse().ok()?;
    Some((inode, Row { is_tcp, local: port(1)?, remote: port(2)?, state }))
}
