use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

use super::*;

/// A `HolmesGPT` that answers with those, one after the other; and what it was asked.
async fn holmes(answers: &'static [u16]) -> (reqwest::Url, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap()).parse().unwrap();
    let (heard, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let length = connection.read(&mut buffer).await.unwrap();
            heard.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).unwrap();
            let answer =
                format!("HTTP/1.1 {answer} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, requests)
}

fn at(toolset: &str, endpoint: &str) -> Compose {
    let endpoints = BTreeMap::from([(toolset.to_owned(), endpoint.to_owned())]);
    let wanted = Wanted { endpoints, ..wanted(&format!("{toolset} at {endpoint}")) };
    Arc::new(move |_| Ok(wanted.clone()))
}

fn reloading(world: &World, url: reqwest::Url) -> Settings {
    let after = Duration::from_millis(10);
    let reload = Reload { url, token: Some("hunter2".to_owned().into()), after };
    Settings { reload: Some(reload), ..world.settings() }
}

#[tokio::test]
async fn holmesgpt_is_told_when_a_toolset_moves_and_not_when_one_comes() {
    let world = World::new().await;
    let (url, mut requests) = holmes(&[200]).await;
    let publisher = world.start(reloading(&world, url));
    for (toolset, endpoint) in [("a", "one"), ("b", "one"), ("b", "two")] {
        world.inputs.send_replace(Some(at(toolset, endpoint)));
        world.until_holds(&format!("{toolset} at {endpoint}")).await;
    }
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST /base/api/admin/reload/toolsets HTTP/1.1"), "{request}");
    assert!(request.contains("authorization: Bearer hunter2"), "{request}");
    world.until_event("Reloaded").await;
    assert_eq!(told(&publisher.counters().reloads), 1);
    publisher.shutdown().await;
}

#[tokio::test]
async fn a_reload_that_fails_is_tried_once_more_and_then_told() {
    let world = World::new().await;
    let (url, _requests) = holmes(&[500, 401]).await;
    let publisher = world.start(reloading(&world, url));
    for endpoint in ["one", "two"] {
        world.inputs.send_replace(Some(at("a", endpoint)));
        world.until_holds(&format!("a at {endpoint}")).await;
    }
    let problem = until_problem(&publisher, "did not read").await;
    assert!(problem.contains("it answered 401") && !problem.contains("hunter2"), "{problem}");
    assert_eq!(told(&publisher.counters().reloads_failed), 1);
    publisher.shutdown().await;
}

/// Tells nobody within the test, and has to.
fn owing(world: &World) -> Settings {
    let url = "http://127.0.0.1:9".parse().unwrap();
    let reload = Reload { url, token: None, after: Duration::from_hours(1) };
    Settings { reload: Some(reload), lease: world.led().lease, ..world.settings() }
}

/// Waits until it has looked for the first time in its term.
async fn looked(publisher: &Publisher) -> bool {
    until(publisher, |it| matches!(it.role, Role::Leader { .. }) && it.in_force.is_some()).await;
    publisher.board.owes_reload()
}

#[tokio::test]
async fn whoever_follows_a_leader_that_died_tells_holmesgpt_once_whatever_that_one_did() {
    let world = World::new().await;
    let (url, mut requests) = holmes(&[200, 200]).await;
    let first = world.start(owing(&world));
    for endpoint in ["one", "two"] {
        world.inputs.send_replace(Some(at("a", endpoint)));
        world.until_holds(&format!("a at {endpoint}")).await;
    }
    // As by kill -9.
    first.task.lock().await.take().unwrap().abort();
    let second = Settings { lease: world.led().lease, ..reloading(&world, url) };
    let second = world.start(second);
    requests.recv().await.unwrap();
    world.until_event("Reloaded").await;
    world.patch(r#"{"data": {"toolset.yaml": "by hand"}}"#).await;
    world.until_holds("a at two").await;
    assert!(!looked(&second).await);
    assert_eq!(told(&second.counters().reloads), 1);
    second.shutdown().await;
}

/// It is made, and whoever made it hears nothing of that: the next look finds it as it is to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holmesgpt_is_told_of_a_write_whose_answer_was_lost() {
    let world = World::new().await;
    world.inputs.send_replace(Some(at("a", "one")));
    let before = world.start(world.settings());
    world.until_holds("a at one").await;
    before.shutdown().await;
    let proxy = Arc::new(world.shop.cluster().proxy().await.unwrap());
    let behind = access(&proxy.kubeconfig_of(world.user.kubeconfig()).unwrap(), Writes::All);
    let (calls, slowed, compose) = (AtomicUsize::new(0), Arc::clone(&proxy), at("a", "two"));
    let compose: Compose = Arc::new(move |overrides| {
        if calls.fetch_add(1, Ordering::Relaxed) == 0 {
            // It arrives in time, and the answer does not.
            let slow = slowed.slow(Duration::from_millis(2500));
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(slow));
        }
        compose(overrides)
    });
    world.inputs.send_replace(Some(compose));
    let settings = Settings { lease: None, ..owing(&world) };
    let publisher = Publisher::start(behind, settings, world.inputs.subscribe());
    until_problem(&publisher, "no answer").await;
    world.until_holds("a at two").await;
    proxy.restore().await;
    until(&publisher, |it| it.in_force.is_some()).await;
    assert_eq!(told(&publisher.counters().unchanged), 1);
    publisher.shutdown().await;
    assert!(publisher.board.owes_reload());
}

#[tokio::test]
async fn whoever_is_given_the_lease_tells_holmesgpt_what_is_still_owed_and_nothing_else() {
    let world = World::new().await;
    for (endpoint, owed, why) in [
        ("one", false, "it was made"),
        ("one", false, "nothing has moved"),
        ("two", true, "it has moved, and nobody knows from where"),
        ("two", true, "the one before had no time for it"),
        ("two", true, "nor had the one before"),
    ] {
        world.inputs.send_replace(Some(at("a", endpoint)));
        let publisher = world.start(owing(&world));
        assert_eq!(looked(&publisher).await, owed, "{why}");
        publisher.shutdown().await;
    }
}
