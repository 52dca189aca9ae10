//! One backend that is every product: which one, its port says; and who hangs, its address.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::services::PRODUCTS;
use crate::answers::{Recorded, answer_at, recorded};

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(30);

#[derive(Clone, Default)]
pub(crate) struct Backend(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    hang: BTreeSet<IpAddr>,
    /// The first question and the last answer.
    times: Option<(Instant, Instant)>,
    at_once: usize,
    most_at_once: usize,
}

impl Backend {
    pub(crate) fn listen() -> Result<Self> {
        let backend = Self::default();
        for (product, port) in PRODUCTS {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
            let (backend, pages): (_, Arc<[Recorded]>) =
                (backend.clone(), recorded(product).into());
            thread::spawn(move || {
                for client in listener.incoming().flatten() {
                    let (backend, pages) = (backend.clone(), Arc::clone(&pages));
                    // Whoever hangs up too early is no concern of ours.
                    thread::spawn(move || drop(backend.welcome(client, &pages)));
                }
            });
        }
        Ok(backend)
    }

    /// Whoever asks at these addresses gets no answer.
    pub(crate) fn hang(&self, addresses: impl Iterator<Item = IpAddr>) {
        self.seen().hang = addresses.collect();
    }

    /// Nobody hangs, and nothing was asked.
    pub(crate) fn reset(&self) {
        *self.seen() = Seen::default();
    }

    pub(crate) fn times(&self) -> Option<(Instant, Instant)> {
        self.seen().times
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.seen().most_at_once
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn welcome(&self, client: TcpStream, pages: &[Recorded]) -> Result<()> {
        let address = client.local_addr()?.ip();
        let hangs = self.comes(address);
        let answered = if hangs { hang(client) } else { answer(client, pages) };
        let mut seen = self.seen();
        seen.at_once = seen.at_once.saturating_sub(1);
        if !hangs {
            seen.times = seen.times.map(|(begun, _)| (begun, Instant::now()));
        }
        drop(seen);
        answered
    }

    /// Whether it is left to hang.
    fn comes(&self, address: IpAddr) -> bool {
        let (mut seen, now) = (self.seen(), Instant::now());
        seen.times.get_or_insert((now, now));
        seen.at_once += 1;
        seen.most_at_once = seen.most_at_once.max(seen.at_once);
        seen.hang.contains(&address)
    }
}

fn hang(mut client: TcpStream) -> Result<()> {
    client.set_read_timeout(Some(FOR_EVER))?;
    let mut buffer = [0; 1024];
    while client.read(&mut buffer)? > 0 {}
    Ok(())
}

fn answer(mut client: TcpStream, pages: &[Recorded]) -> Result<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match client.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend(buffer.iter().take(count)),
        }
    }
    let request = String::from_utf8_lossy(&request);
    let page = answer_at(pages, request.split(' ').nth(1).unwrap_or_default());
    let Recorded { status, content_type, body, .. } = page;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Recorded\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    client.write_all(head.as_bytes())?;
    Ok(client.write_all(body.as_bytes())?)
}
