use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use anyhow::Result;
use tacklebox_cluster::{Cluster, in_network_namespace, network_namespace::ADDRESS};

#[test]
fn in_a_network_namespace_a_pod_is_whatever_listens_on_its_address() -> Result<()> {
    in_network_namespace(
        "network::in_a_network_namespace_a_pod_is_whatever_listens_on_its_address",
        async {
            let cluster = Cluster::builder().nodes(1).start().await?;
            assert_eq!(cluster.address(), ADDRESS);
            let shop = cluster.namespace("shop").await?;
            let pod = shop.pod("web").ready().await?;
            let address = pod["status"]["podIP"].as_str().unwrap().to_owned();
            let backend = TcpListener::bind((address.as_str(), 8080))?;
            thread::spawn(move || {
                let (mut client, _) = backend.accept()?;
                let _ = client.read(&mut [0; 4096])?;
                client.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
                )
            });
            let path = format!("/api/v1/namespaces/{}/pods/web:8080/proxy/", shop.name());
            assert_eq!(cluster.request("GET", &path, None).await?.text, "hello");
            Ok(())
        },
    )
}

#[test]
fn a_test_that_names_itself_wrongly_does_not_pass() {
    let error = in_network_namespace("no_such_test", async { Ok(()) }).unwrap_err();
    assert!(error.to_string().contains("no test with the full name `no_such_test`"), "{error:#}");
}
