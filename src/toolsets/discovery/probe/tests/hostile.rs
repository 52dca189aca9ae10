//! Servers that mean no good, behind real sockets.

use std::{net::SocketAddr, sync::atomic::AtomicBool};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// What a server does with a connection whose request it has read.
type Manners = fn(TcpStream) -> futures::future::BoxFuture<'static, ()>;

async fn server(manners: Manners) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = client.read(&mut [0; 4096]).await;
                manners(client).await;
            });
        }
    });
    address
}

async fn verdict_on(address: SocketAddr, each: Duration) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let way = Arc::new(Direct::checking(loopback));
    let prober = Prober::new(way, Limits { each, ..Limits::default() });
    health(&prober.ask(&at_port("tempo", address.port())).await.found.health)
}

const PATIENT: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn of_ten_gigabytes_no_more_than_the_cap_is_read() {
    static BROKE_OFF: AtomicBool = AtomicBool::new(false);
    let address = server(|mut client| {
        Box::pin(async move {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";
            let _ = client.write_all(head).await;
            while client.write_all(&[b'a'; 16_384]).await.is_ok() {}
            BROKE_OFF.store(true, Ordering::SeqCst);
        })
    })
    .await;
    assert_eq!(verdict_on(address, PATIENT).await, "impostor: its answer is longer than 1 MiB");
    while !BROKE_OFF.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_byte_now_and_then_does_not_stretch_the_deadline() {
    let address = server(|mut client| {
        Box::pin(async move {
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
            while client.write_all(b"e").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    })
    .await;
    assert_eq!(verdict_on(address, SHORT).await, "unreachable: it does not answer in time");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_at_the_deadline() {
    let address = server(|client| {
        Box::pin(async move {
            let _client = client;
            std::future::pending::<()>().await;
        })
    })
    .await;
    assert_eq!(verdict_on(address, SHORT).await, "unreachable: it does not answer in time");
}

#[tokio::test]
async fn a_redirect_is_followed_nowhere() {
    static FOLLOWED: AtomicBool = AtomicBool::new(false);
    static BAIT: std::sync::OnceLock<u16> = std::sync::OnceLock::new();
    let bait = server(|_| Box::pin(async { FOLLOWED.store(true, Ordering::SeqCst) })).await;
    BAIT.set(bait.port()).unwrap();
    let address = server(|mut client| {
        Box::pin(async move {
            let port = BAIT.get().unwrap();
            let text = format!(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/latest/meta-data\r\nContent-Length: 0\r\n\r\n"
            );
            let _ = client.write_all(text.as_bytes()).await;
        })
    })
    .await;
    let said = verdict_on(address, PATIENT).await;
    assert_eq!(said, "unhealthy: it redirects elsewhere (302), which is not followed");
    assert!(!FOLLOWED.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_compressed_answer_is_not_blown_up() {
    let address = server(|mut client| {
        Box::pin(async move {
            let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00";
            let _ = client.write_all(head).await;
        })
    })
    .await;
    assert_eq!(verdict_on(address, PATIENT).await, "impostor: its answer is another text");
}

#[tokio::test]
async fn what_speaks_no_http_or_hangs_up_is_not_reached() {
    let noise = server(|mut client| {
        Box::pin(async move {
            let _ = client.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await;
        })
    })
    .await;
    let hangs_up = server(|client| Box::pin(async move { drop(client) })).await;
    let breaks_off = server(|mut client| {
        Box::pin(async move {
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\necho").await;
        })
    })
    .await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let neither = "unreachable: it closes the connection, or speaks no HTTP";
    assert_eq!(verdict_on(noise, PATIENT).await, neither);
    assert_eq!(verdict_on(hangs_up, PATIENT).await, neither);
    assert_eq!(verdict_on(breaks_off, PATIENT).await, "unreachable: its answer breaks off");
    assert_eq!(verdict_on(closed, PATIENT).await, "unreachable: connection refused");
}

#[tokio::test]
async fn the_name_is_sent_and_never_looked_up() {
    static HOST: Mutex<String> = Mutex::new(String::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let count = client.read(&mut request).await.unwrap();
        *HOST.lock().unwrap() = String::from_utf8_lossy(&request[..count]).into_owned();
        client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\necho").await.unwrap();
    });
    // What is asked after the proof nobody is there to answer.
    assert_eq!(verdict_on(address, PATIENT).await, "ready of no version, not open");
    serving.await.unwrap();
    let request = HOST.lock().unwrap().to_ascii_lowercase();
    assert!(
        request.contains(&format!("host: tempo.monitoring.svc:{}", address.port())),
        "{request}"
    );
    assert!(!request.contains("authorization"), "{request}");
}
