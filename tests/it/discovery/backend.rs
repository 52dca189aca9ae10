//! What listens at a pod's address: it answers from recorded pages, over HTTP or over TLS.

use std::{
    io::{Read, Write},
    net::{IpAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use anyhow::Result;
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};

use super::answers::{Recorded, answer_at};

/// Listens at these addresses until the process ends.
pub fn serve(addresses: &[(IpAddr, u16)], pages: Vec<Recorded>, tls: bool) -> Result<()> {
    let tls = tls.then(certified).transpose()?;
    // Whoever hangs up too early is no concern of ours.
    listen(addresses, move |client| drop(welcome(client, &pages, tls.clone())))
}

/// Leaves every connection to `conduct`, each on a thread of its own.
pub fn listen(
    addresses: &[(IpAddr, u16)],
    conduct: impl Fn(TcpStream) + Send + Sync + 'static,
) -> Result<()> {
    let conduct = Arc::new(conduct);
    for address in addresses {
        let listener = TcpListener::bind(address)?;
        let conduct = Arc::clone(&conduct);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let conduct = Arc::clone(&conduct);
                thread::spawn(move || conduct(client));
            }
        });
    }
    Ok(())
}

/// Answers one request with whatever `page` gives for its path.
pub fn answer(mut stream: impl Read + Write, page: impl FnOnce(&str) -> Recorded) -> Result<()> {
    let page = page(&asked(&mut stream)?);
    let header = |name: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("{name}: {value}\r\n") }
    };
    let challenges: Vec<String> =
        page.challenges.iter().map(|it| header("WWW-Authenticate", it)).collect();
    let head = [
        format!("HTTP/1.1 {} Recorded\r\nConnection: close\r\n", page.status),
        header("Content-Type", &page.content_type),
        challenges.concat(),
        header("Location", &page.location),
        format!("Content-Length: {}\r\n\r\n", page.body.len()),
    ];
    stream.write_all(head.concat().as_bytes())?;
    stream.write_all(page.body.as_bytes())?;
    Ok(stream.flush()?)
}

/// Reads a request, and gives the path that it asks for.
pub fn asked(stream: &mut impl Read) -> Result<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? > 0 {
        request.extend(byte);
    }
    let request = String::from_utf8_lossy(&request);
    Ok(request.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// A server that speaks TLS tells those who do not, as Go's does.
fn welcome(client: TcpStream, pages: &[Recorded], tls: Option<Arc<ServerConfig>>) -> Result<()> {
    let mut first = [0];
    client.peek(&mut first)?;
    match tls {
        Some(config) if first == [0x16] => {
            answer(StreamOwned::new(ServerConnection::new(config)?, client), |it| {
                answer_at(pages, it)
            })
        }
        Some(_) => {
            let said = "Client sent an HTTP request to an HTTPS server.\n";
            answer(client, |_| Recorded::page("", 400, "text/plain", said))
        }
        None => answer(client, |it| answer_at(pages, it)),
    }
}

/// With a certificate that nobody has reason to trust, as operators make them.
fn certified() -> Result<Arc<ServerConfig>> {
    let made = rcgen::generate_simple_self_signed(vec!["demo.example".to_owned()])?;
    let key =
        PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(Arc::new(config))
}
