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
