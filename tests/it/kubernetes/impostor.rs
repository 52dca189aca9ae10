use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::Signed;

/// Something that listens where an API server is expected. It serves until the process ends.
pub struct Impostor {
    address: SocketAddr,
}

impl Impostor {
    /// Gives this answer to every request.
    pub fn answering(status: &str, kind: &str, body: &str) -> Self {
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        Self::serve(move |mut stream| {
            read_request(&mut stream)?;
            stream.write_all(answer.as_bytes())
        })
    }

    /// Takes connections and says nothing.
    pub fn silent() -> Self {
        Self::serve(|mut stream| stream.read_to_end(&mut Vec::new()).map(drop))
    }

    /// Ends every connection as soon as something was asked.
    pub fn hanging_up() -> Self {
        Self::serve(|mut stream| read_request(&mut stream))
    }

    /// The same with so many connections; those that come later are `then`'s.
    pub fn hanging_up_first(connections: usize, then: &Self) -> Self {
        let (left, then) = (AtomicUsize::new(connections), then.address);
        Self::serve(move |mut stream| {
            let one_less = |it: usize| it.checked_sub(1);
            if left.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).is_ok() {
                return read_request(&mut stream);
            }
            let mut server = answered_by(then, &stream)?;
            std::io::copy(&mut stream, &mut server).map(drop)
        })
    }

    /// Hands everything on to a server that speaks no TLS, and does something before it hands on a request with `mark` in it.
    pub fn interfering(
        server: SocketAddr,
        mark: &'static str,
        act: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self::handing_on(server, move |text| {
            if text.contains(mark) {
                act(text);
            }
            true
        })
    }

    /// Hands everything on to a server that speaks no TLS, but ends the connection at a request that is to be lost.
    pub fn losing(
        server: SocketAddr,
        is_lost: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::handing_on(server, move |text| !is_lost(text))
    }

    fn handing_on(
        server: SocketAddr,
        passes: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::serve(move |mut stream| {
            let mut server = answered_by(server, &stream)?;
            let mut request = vec![0; 64 * 1024];
            loop {
                let count = stream.read(&mut request)?;
                if count == 0 {
                    return Ok(());
                }
                if !passes(&String::from_utf8_lossy(&request[..count])) {
                    return stream.shutdown(Shutdown::Both);
                }
                server.write_all(&request[..count])?;
            }
        })
    }

    /// Hands everything on to a server that speaks no TLS, but in the place of a program that runs in a container it says these
    /// messages itself, and hangs up.
    pub fn speaking_for_programs(server: SocketAddr, messages: &[Vec<u8>]) -> Self {
        let messages: Vec<u8> = messages.iter().flat_map(|it| framed(it)).collect();
        Self::serve(move |client| {
            let (mut asking, server) = (client.try_clone()?, TcpStream::connect(server)?);
            let (mut asked, runs) = (server.try_clone()?, Arc::new(AtomicBool::new(false)));
            let (seen, messages) = (Arc::clone(&runs), messages.clone());
            thread::spawn(move || answer_for_programs(&server, &client, &seen, &messages).ok());
            let mut request = vec![0; 64 * 1024];
            loop {
                let count = asking.read(&mut request)?;
                if count == 0 {
                    return Ok(());
                }
                let text = String::from_utf8_lossy(&request[..count]);
                runs.fetch_or(text.contains("/exec?"), Ordering::AcqRel);
                asked.write_all(&request[..count])?;
            }
        })
    }

    /// Speaks TLS with this certificate.
    pub fn with_certificate(signed: &Signed) -> Self {
        let chain = vec![CertificateDer::from_pem_slice(signed.certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        Self::serve(move |stream| {
            let connection =
                ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
            read_request(&mut StreamOwned::new(connection, stream))
        })
    }

    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    fn serve(act: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let act = Arc::new(act);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let act = Arc::clone(&act);
                // A client that went away is no concern of an impostor.
                thread::spawn(move || act(stream).ok());
            }
        });
        Self { address }
    }
}

/// A connection to a server whose answers go to this client.
fn answered_by(server: SocketAddr, client: &TcpStream) -> std::io::Result<TcpStream> {
    let server = TcpStream::connect(server)?;
    let (mut answers, mut client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || std::io::copy(&mut answers, &mut client).ok());
    Ok(server)
}

/// Hands answers on, until one says that a program runs: what is said after that is replaced.
fn answer_for_programs(
    mut server: &TcpStream,
    mut client: &TcpStream,
    runs: &AtomicBool,
    messages: &[u8],
) -> std::io::Result<()> {
    let mut answer = vec![0; 64 * 1024];
    loop {
        let count = server.read(&mut answer)?;
        let head = answer[..count].windows(4).position(|it| it == b"\r\n\r\n");
        if let Some(end) = head.filter(|_| runs.load(Ordering::Acquire)) {
            client.write_all(&answer[..end + 4])?;
            client.write_all(messages)?;
            return client.shutdown(Shutdown::Both);
        }
        if count == 0 {
            return client.shutdown(Shutdown::Both);
        }
        client.write_all(&answer[..count])?;
    }
}

/// A binary message of a WebSocket, as servers send it.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&[0x82, 126], &length[..], message].concat()
}

/// The first byte of a client that wants TLS.
const HANDSHAKE: u8 = 22;

/// Reads up to the empty line, as nobody sends a body here; up to what is no HTTP from one who wants TLS.
fn read_request(stream: &mut impl Read) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? > 0 {
        request.extend(byte);
        if request == [HANDSHAKE] {
            break;
        }
    }
    Ok(())
}
