use expect_test::expect;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn pod() -> Value {
    json!({
        "metadata": {"name": "web", "labels": {"app": "web", "app.kubernetes.io/name": "shop"}},
        "spec": {"containers": [
            {"name": "app", "image": "app:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "log", "image": "log:2"},
        ]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Initialized", "status": "False"}], "count": 3},
    })
}

fn found(path: &str) -> String {
    match Path::parse(path) {
        Ok(parsed) => format!("{path} -> {}", parsed.text(&pod())),
        Err(mistake) => mistake.told("path", path),
    }
}

#[test]
fn every_form_that_kubectl_takes_finds_the_same() {
    let paths = [
        ".metadata.name",
        "metadata.name",
        "$.metadata.name",
        "{.metadata.name}",
        "{ .metadata.name }",
        "{$.metadata['name']}",
        ".metadata.labels['app.kubernetes.io/name']",
        r".metadata.labels.app\.kubernetes\.io/name",
        ".metadata.labels.*",
        ".spec.containers[*].image",
        ".spec.containers.image",
        ".spec.containers[0].image",
        ".spec.containers[-1].image",
        ".spec.containers[7].image",
        r#".spec.containers[?(@.name=="log")].image"#,
        ".spec.containers[?(@.env)].name",
        ".status.conditions[?(@.type!='Ready')].type",
        ".status.count",
        ".status.conditions[?(@.status=='True')]",
        ".nothing.here",
    ];
    expect![[r#"
        .metadata.name -> web
        metadata.name -> web
        $.metadata.name -> web
        {.metadata.name} -> web
        { .metadata.name } -> web
        {$.metadata['name']} -> web
        .metadata.labels['app.kubernetes.io/name'] -> shop
        .metadata.labels.app\.kubernetes\.io/name -> shop
        .metadata.labels.* -> web,shop
        .spec.containers[*].image -> app:1,log:2
        .spec.containers.image -> app:1,log:2
        .spec.containers[0].image -> app:1
        .spec.containers[-1].image -> log:2
        .spec.containers[7].image -> 
        .spec.containers[?(@.name=="log")].image -> log:2
        .spec.containers[?(@.env)].name -> app
        .status.conditions[?(@.type!='Ready')].type -> Initialized
        .status.count -> 3
        .status.conditions[?(@.status=='True')] -> {"type":"Ready","status":"True"}
        .nothing.here -> "#]]
    .assert_eq(&paths.map(found).join("\n"));
}

#[test]
fn a_slip_is_pointed_at() {
    let paths = [
        "",
        "{.metadata.name",
        ".metadata..name",
        ".metadata.",
        ".spec.containers[",
        ".spec.containers[x]",
        ".spec.containers[*",
        ".spec.containers[?(@.name=='log']",
        ".spec.containers[?(name=='log')]",
        ".metadata.labels['a.b",
        ".metadata name",
        ".a[?(@.b==c)]",
    ];
    expect![[r"
        `path`: a field is expected at character 1: »
        `path`: `}` is expected at character 16: {.metadata.name»
        `path`: `..` is not supported: write the whole path at character 10: .metadata»..name
        `path`: a field name is expected at character 11: .metadata.»
        `path`: a number, `*`, `'name'` or `?(…)` is expected at character 18: .spec.containers[»
        `path`: a number, `*`, `'name'` or `?(…)` is expected at character 18: .spec.containers[»x]
        `path`: `]` is expected at character 19: .spec.containers[*»
        `path`: `)` is expected at character 33: .spec.containers[?(@.name=='log'»]
        `path`: `@` is expected at character 20: .spec.containers[?(»name=='log')]
        `path`: this quote is never closed at character 18: .metadata.labels[»'a.b
        `path`: `.field` or `[…]` is expected at character 11: .metadata »name
        `path`: a number, `true`, `false` or a text in quotes is expected at character 11: .a[?(@.b==»c)]"]].assert_eq(&paths.map(found).join("\n"));
}

fn projected(paths: &[&str]) -> Value {
    let paths: Vec<Path> = paths.iter().map(|it| Path::parse(it).unwrap()).collect();
    project(&pod(), &paths)
}

#[test]
fn a_projection_keeps_the_way_and_the_names_beside_it() {
    assert_eq!(
        projected(&[".spec.containers[*].env[*].value"]),
        json!({"spec": {"containers": [{"env": [{"value": "1", "name": "A"}, {"value": "2", "name": "B"}], "name": "app"}]}})
    );
    assert_eq!(projected(&[".status.count"]), json!({"status": {"count": 3}}));
    assert_eq!(projected(&[".spec.nothing"]), Value::Null);
}

#[test]
fn what_several_paths_lead_to_stays_where_it_was() {
    assert_eq!(
        projected(&[".spec.containers[*].image", ".spec.containers[*].name", ".status.count"]),
        json!({"spec": {"containers": [{"name": "app", "image": "app:1"}, {"name": "log", "image": "log:2"}]}, "status": {"count": 3}})
    );
    assert_eq!(
        projected(&[".spec.containers[1].image", ".spec.containers[0].env[1].value"]),
        json!({"spec": {"containers": [{"name": "app", "env": [{"name": "B", "value": "2"}]}, {"name": "log", "image": "log:2"}]}})
    );
    assert_eq!(
        projected(&[".spec.containers[0].name", ".spec.containers[1].name"]),
        json!({"spec": {"containers": [{"name": "app"}, {"name": "log"}]}})
    );
}

#[test]
fn a_path_of_any_length_and_depth_is_refused_and_harms_nothing() {
    for text in
        [".a[?(@".repeat(50), ".a[?(@".repeat(100_000), ".a".repeat(100_000), "é".repeat(600)]
    {
        let mistake = Path::parse(&text).unwrap_err();
        assert!(mistake.told("fields", &text).len() < 400);
    }
    let deep = format!("{}.b{}", ".a[?(@".repeat(8), ")]".repeat(8));
    assert!(Path::parse(&deep).is_ok(), "{deep}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_path_or_a_mistake_inside_it(text in "[{}$@.*?()\\[\\]'\"\\\\a-c0-9 =<>!é-]{0,24}") {
        match Path::parse(&text) {
            Ok(path) => drop(path.find(&pod())),
            Err(mistake) => prop_assert!(text.is_char_boundary(mistake.at), "{}", mistake.at),
        }
    }

    #[test]
    fn a_field_of_any_name_is_found_in_quotes(name in "[a-z./_-]{1,12}") {
        let object = json!({"labels": {name.clone(): "x"}});
        let path = Path::parse(&format!(".labels['{name}']")).unwrap();
        prop_assert_eq!(path.text(&object), "x");
    }
}
