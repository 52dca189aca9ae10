//! The one way to a Secret's value: the operator's own word, for single keys.

use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::{
    ask::Ask,
    door::Door,
    forms::Forms,
    surface::{MARK, secret_of},
};

/// Base64 of `tea at four`.
const SHOWN: &str = "dGVhIGF0IGZvdXI=";

#[tokio::test]
async fn a_key_that_the_operator_names_is_read_in_its_secret_and_nowhere_else() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("reveal").await.unwrap();
    let hidden = secret_of("reveal");
    let copy = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": namespace.name()}, "data": {"motto": SHOWN}});
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "db", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": copy.to_string()}},
        "stringData": {"motto": "tea at four", "password": hidden},
    });
    let other = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "other"}, "data": {"motto": SHOWN}});
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "copy"}, "data": {"copy": copy.to_string(), "password": "tea at four"}});
    for object in [secret, other, map] {
        namespace.apply(&object.to_string()).await.unwrap();
    }
    let entry = format!("{}/db:motto", namespace.name());
    let config = format!("  reveal_secrets: ['{entry}']\n");
    let mut door = Door::open(cluster.kubeconfig(), &config, &[]);
    let get = |resource: &str, more: Value| {
        let mut arguments = json!({"resource": resource, "namespace": namespace.name()});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Ask::tool("kubectl_get", &arguments)
    };
    let describe = json!({"resource": "secret/db", "namespace": namespace.name()});
    let showing = [
        get("secret/db", json!({"output": "yaml"})),
        get("secret/db", json!({"output": "json", "full": true})),
        get("secrets", json!({"output": "yaml", "field_selector": "metadata.name=db"})),
        get("secret/db", json!({"fields": [".data"]})),
        Ask::tool("kubectl_describe", &describe),
    ];
    for ask in showing {
        let text = door.ask(&ask.shows(SHOWN).shows(MARK));
        assert_eq!(text.matches(SHOWN).count(), 1, "{text}");
    }
    let hiding = [
        get("secret/other", json!({"output": "yaml"})),
        get("cm/copy", json!({"output": "json", "full": true})),
        get("secret/db", json!({"fields": [".metadata.annotations"]})),
    ];
    for ask in hiding {
        let text = door.ask(&ask.shows(MARK));
        assert!(!text.contains(SHOWN) && !text.contains("tea at"), "{text}");
    }
    assert!(door.misses.is_empty(), "{:?}", door.misses);
    let said = door.close();
    let forms = Forms::of(&[hidden]);
    assert!(said.iter().all(|it| forms.within(&it.1).is_none()));
    let of = |source: &str| said.iter().find(|it| it.0 == source).map(|it| it.1.as_str()).unwrap();
    let warning = "policy.reveal_secrets: everybody who may call reads this key of a Secret";
    assert!(of("stderr").lines().any(|it| it.contains(warning) && it.contains(&entry)));
    assert!(!of("policy.audit.file").contains(SHOWN));
}
