//! Pods that mean no good, or have a bad moment, asked both ways through the public door.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use anyhow::Result;
use expect_test::expect;
use serde_json::json;
use tacklebox_cluster::in_network_namespace;

use super::{
    answers::{Recorded, answer_at, recorded},
    backend::{answer, asked, listen},
    site::Site,
    town::{House, Town},
};

const TEN_GIGABYTES: u64 = 10 * 1024 * 1024 * 1024;
/// Far more than all the buffers on the way, and far less than was offered.
const BOUND: u64 = 64 * 1024 * 1024;

/// Every pod, at that port.
fn everywhere(port: u16) -> [(IpAddr, u16); 1] {
    [(Ipv4Addr::UNSPECIFIED.into(), port)]
}

/// A Tempo by its labels, at whose pods the test listens.
fn tempo(name: &str, port: u16) -> House {
    House {
        ports: (port, port),
        listens: false,
        labels: json!({ "app.kubernetes.io/name": "tempo" }),
        ..House::with(name, Vec::new())
    }
}

/// What was sent of bodies without an end, and to how many that goes on.
#[derive(Default)]
struct Endless {
    sent: AtomicU64,
    open: AtomicUsize,
}

impl Endless {
    fn conduct(&self, client: TcpStream) {
        self.open.fetch_add(1, SeqCst);
        // It goes on until whoever asked hangs up.
        drop(self.send(client));
        self.open.fetch_sub(1, SeqCst);
    }

    fn send(&self, mut client: TcpStream) -> Result<()> {
        asked(&mut client)?;
        write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {TEN_GIGABYTES}\r\n\r\n")?;
        loop {
            client.write_all(&[b'a'; 16_384])?;
            self.sent.fetch_add(16_384, SeqCst);
        }
    }
}

fn one_byte_a_minute(mut client: TcpStream) -> Result<()> {
    asked(&mut client)?;
    write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {TEN_GIGABYTES}\r\n\r\n")?;
    loop {
        client.write_all(b"e")?;
        thread::sleep(Duration::from_mins(1));
    }
}

#[test]
fn neither_ten_gigabytes_nor_a_byte_a_minute_keep_a_round_from_its_end() -> Result<()> {
    let name =
        "discovery::hostile::neither_ten_gigabytes_nor_a_byte_a_minute_keep_a_round_from_its_end";
    in_network_namespace(name, async {
        let town = Town::build().await?;
        let endless = Arc::new(Endless::default());
        let conduct = Arc::clone(&endless);
        listen(&everywhere(3201), move |client| conduct.conduct(client))?;
        listen(&everywhere(3202), |client| drop(one_byte_a_minute(client)))?;
        for house in [tempo("endless", 3201), tempo("slow", 3202), House::of("tempo", "tempo")] {
            town.add(&house).await?;
        }
        for via in ["direct", "proxy"] {
            let settings = format!("probe: {{via: {via}, timeout: 5s}}, publish: null");
            let site = Site::new(town.cluster.kubeconfig(), &settings);
            let site = site.calling(town.namespace.name(), "town");
            let mut talk = site.talk();
            let table = talk.services();
            talk.end();
            expect![[r"
                same in all rows: NAMESPACE=town TYPE=tempo
                empty in all rows: VERSION
                NAME	HEALTH	URL	REASON
                endless	impostor	http://endless.town.svc:3201	its answer is longer than 1 MiB
                slow	unreachable	http://slow.town.svc:3202	it does not answer in time
                tempo	ready	http://tempo.town.svc:80"]]
            .assert_eq(&table);
            while endless.open.load(SeqCst) > 0 {
                tokio::task::yield_now().await;
            }
            let sent = endless.sent.swap(0, SeqCst);
            assert!((65_536..BOUND).contains(&sent), "{via}: {sent}");
        }
        Ok(())
    })
}

/// A Tempo that says so often that it is busy, and then again what it is.
#[derive(Default)]
struct Moody {
    /// How many bad answers are to come.
    bad: AtomicUsize,
    bad_given: AtomicUsize,
    good_given: AtomicUsize,
}

impl Moody {
    fn page(&self, pages: &[Recorded], path: &str) -> Recorded {
        if path != "/api/echo" {
            return answer_at(pages, path);
        }
        if self.bad.fetch_update(SeqCst, SeqCst, |it| it.checked_sub(1)).is_ok() {
            self.bad_given.fetch_add(1, SeqCst);
            return Recorded::page(path, 503, "text/plain", "busy");
        }
        self.good_given.fetch_add(1, SeqCst);
        answer_at(pages, path)
    }
}

#[test]
fn one_bad_answer_takes_nothing_away_two_in_a_row_do_and_one_good_one_brings_it_back() -> Result<()>
{
    let name = "discovery::hostile::one_bad_answer_takes_nothing_away_two_in_a_row_do_and_one_good_one_brings_it_back";
    in_network_namespace(name, async {
        let town = Town::build().await?;
        let moody = Arc::new(Moody::default());
        let (mood, pages) = (Arc::clone(&moody), recorded("tempo"));
        listen(&everywhere(3201), move |client| {
            drop(answer(client, |path| mood.page(&pages, path)));
        })?;
        town.add(&tempo("tempo", 3201)).await?;
        let settings = "probe: {via: direct, timeout: 20s}, publish: null";
        let site = Site::new(town.cluster.kubeconfig(), settings);
        let mut talk = site.talk();
        assert!(talk.services().contains("\tready\t"));
        moody.bad.store(1, SeqCst);
        let good = moody.good_given.load(SeqCst);
        // Until it has given the bad answer and a good one after it.
        while moody.bad.load(SeqCst) > 0 || moody.good_given.load(SeqCst) == good {
            let seen = talk.refresh_until(|_| true);
            assert!(seen.contains("\tready\t"), "{seen}");
        }
        moody.bad.store(usize::MAX, SeqCst);
        let seen = talk.refresh_until(|it| !it.contains("\tready\t"));
        assert!(seen.contains("unhealthy") && seen.contains("it answers 503"), "{seen}");
        assert!(moody.bad_given.load(SeqCst) >= 3);
        moody.bad.store(0, SeqCst);
        let good = moody.good_given.load(SeqCst);
        talk.refresh_until(|it| it.contains("\tready\t"));
        assert!(moody.good_given.load(SeqCst) > good);
        talk.end();
        Ok(())
    })
}
