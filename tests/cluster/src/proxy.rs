//! A bad network between a client and the API server.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::{
    Cluster, kubeconfig,
    runtime::{self, Task},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Open,
    Cut,
    Frozen,
    Slow(Duration),
}

/// A TCP proxy in front of the API server, on an address of its own.
///
/// ```no_run
/// # async fn example(cluster: tacklebox_cluster::Cluster) -> anyhow::Result<()> {
/// let proxy = cluster.proxy().await?;
/// // Start what is to be tested with `proxy.kubeconfig()`, then:
/// proxy.cut().await;
/// proxy.restore().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Proxy {
    url: String,
    server: String,
    kubeconfig: PathBuf,
    mood: watch::Sender<Mood>,
    /// Whether the address is listened on at the moment.
    listening: watch::Receiver<bool>,
    _serving: Task<()>,
}

impl Cluster {
    /// A new proxy in front of the API server, which lets everything pass. It ends when it is dropped.
    pub async fn proxy(&self) -> Result<Proxy> {
        let addresses = self.inner().addresses;
        let address = SocketAddr::new(addresses.address, self.port()?);
        let server = SocketAddr::new(addresses.address, addresses.api);
        let (mood, moods) = watch::channel(Mood::Open);
        let (listens, listening) = watch::channel(false);
        let name = format!("proxy-{}.yml", address.port());
        let proxy = Proxy {
            url: format!("https://{address}"),
            server: self.server_url().to_owned(),
            kubeconfig: self.kubeconfig().with_file_name(name),
            mood,
            listening,
            _serving: runtime::start(serve(address, server, moods, listens)),
        };
        proxy.redirect(self.kubeconfig(), &proxy.kubeconfig)?;
        proxy.until_listening(true).await;
        Ok(proxy)
    }
}

impl Proxy {
    /// `https://ADDRESS:PORT`, for which the API server's certificate is good.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The administrator's kubeconfig, through this proxy.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A copy of another kubeconfig of the cluster, through this proxy.
    pub fn kubeconfig_of(&self, original: &Path) -> Result<PathBuf> {
        let stem = original.file_stem().context("a kubeconfig without a name")?.to_string_lossy();
        let own = self.kubeconfig.file_name().unwrap_or_default().to_string_lossy();
        let copy = self.kubeconfig.with_file_name(format!("{stem}-{own}"));
        self.redirect(original, &copy)?;
        Ok(copy)
    }

    /// Breaks all connections and refuses new ones.
    pub async fn cut(&self) {
        self.become_(Mood::Cut, false).await;
    }

    /// Lets everything pass again, also what had been held back.
    pub async fn restore(&self) {
        self.become_(Mood::Open, true).await;
    }

    /// Accepts connections, and lets nothing pass in either direction.
    pub async fn freeze(&self) {
        self.become_(Mood::Frozen, true).await;
    }

    /// Holds every piece of data back for this long, in both directions.
    pub async fn slow(&self, delay: Duration) {
        self.become_(Mood::Slow(delay), true).await;
    }

    async fn become_(&self, mood: Mood, listens: bool) {
        self.mood.send_replace(mood);
        self.until_listening(listens).await;
    }

    async fn until_listening(&self, wanted: bool) {
        // An error means that nobody serves any more, and then nobody listens either.
        let _ = self.listening.clone().wait_for(|it| *it == wanted).await;
    }

    fn redirect(&self, original: &Path, copy: &Path) -> Result<()> {
        kubeconfig::redirect(original, &self.server, &self.url, copy)
    }
}

/// Serves for ever. While the network is cut, the address is not listened on.
async fn serve(
    address: SocketAddr,
    server: SocketAddr,
    mut moods: watch::Receiver<Mood>,
    listens: watch::Sender<bool>,
) {
    loop {
        if moods.wait_for(|it| *it != Mood::Cut).await.is_err() {
            return;
        }
        let Ok(listener) = TcpListener::bind(address).await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        listens.send_replace(true);
        tokio::select! {
            () = accept(&listener, server, &moods) => {}
            () = until_cut(moods.clone()) => {}
        }
        drop(listener);
        listens.send_replace(false);
    }
}

async fn accept(listener: &TcpListener, server: SocketAddr, moods: &watch::Receiver<Mood>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connect(client, server, moods.clone()));
    }
}

/// Passes data on until one side ends. Dropping it breaks the connection.
async fn connect(
    mut client: TcpStream,
    server: SocketAddr,
    moods: watch::Receiver<Mood>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    tokio::try_join!(
        pass(&mut from_client, &mut to_server, moods.clone()),
        pass(&mut from_server, &mut to_client, moods),
    )?;
    Ok(())
}

async fn pass(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut moods: watch::Receiver<Mood>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        until_passable(&mut moods).await;
        match buffer.get(..count) {
            Some(data) if !data.is_empty() => to.write_all(data).await?,
            _ => return to.shutdown().await,
        }
    }
}

/// Waits as the mood says, and as a new one says when it changes meanwhile.
async fn until_passable(moods: &mut watch::Receiver<Mood>) {
    loop {
        let mood = *moods.borrow_and_update();
        let changed = match mood {
            Mood::Open | Mood::Cut => return,
            Mood::Frozen => moods.changed().await,
            Mood::Slow(delay) => match tokio::time::timeout(delay, moods.changed()).await {
                Ok(changed) => changed,
                Err(_) => return,
            },
        };
        // The proxy is gone, and with it whoever could change the mood.
        if changed.is_err() {
            return;
        }
    }
}

async fn until_cut(mut moods: watch::Receiver<Mood>) {
    let _ = moods.wait_for(|it| *it == Mood::Cut).await;
}
