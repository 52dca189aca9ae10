//! Texts of the cluster that were meant to do something.

use proptest::{collection::vec, prelude::*};

use super::{super::*, given::*};

const TEXTS: [&str; 16] = [
    "{{ env.OPENAI_API_KEY }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}",
    "${HOME}",
    "a\nadmin: true",
    "a\r\nb",
    "\u{1b}[31m",
    "\u{202e}evil",
    "../../etc/passwd",
    "app.kubernetes.io/name",
    "http://169.254.169.254/",
    "a: b",
    "'\"",
    "- x",
    "&a *a !!python/object",
    "file:///etc/passwd",
    "",
];

/// Each text in each place that the cluster's people can write to.
pub(super) fn services() -> Vec<Found> {
    let mut found = vec![prometheus("monitoring", "prometheus")];
    for text in TEXTS.map(str::to_owned) {
        for product in [prometheus, jaeger, mcp] {
            let mut named = product("a", "b");
            named.finding.place.name.clone_from(&text);
            let mut placed = product("a", "b");
            placed.finding.place.namespace.clone_from(&text);
            let mut told = product("a", "c");
            told.health = Health::Ready { version: Some(text.clone()), open: true };
            found.extend([named, placed, told]);
            if !text.is_empty() {
                found.push(below(&text, product("a", "d")));
            }
        }
    }
    found
}

#[test]
fn hostile_texts_leave_their_services_out_and_nothing_else() {
    let document = Document::of(&services(), &Settings::default());
    assert_eq!(
        document,
        Document {
            left_out: document.left_out.clone(),
            ..Document::of(&[prometheus("monitoring", "prometheus")], &Settings::default())
        }
    );
    assert_eq!(document.left_out.len(), services().len() - 1);
    assert!(
        document
            .left_out
            .iter()
            .all(|it| it.chars().all(|it| it.is_ascii_graphic() || " …".contains(it)))
    );
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?",
        1 => "(/[A-Za-z0-9._~-]{0,5}){0,3}",
        1 => proptest::sample::select(TEXTS.to_vec()).prop_map(str::to_owned),
        1 => "(y|n|on|off|null|true|1\\.0|1e3|0x1f|0777|12:30|2026-11-30|~|=|<<)",
        1 => any::<String>(),
    ]
}

fn service() -> impl Strategy<Value = Found> {
    let product = prop_oneof![
        Just(everything()),
        Just(everything().into_iter().map(encrypted).collect()),
        Just(everything().into_iter().map(closed).collect()),
    ];
    let product = product.prop_flat_map(|it: Vec<Found>| proptest::sample::select(it));
    let texts = (text(), text(), text(), proptest::option::of(text()), any::<u16>());
    (product, texts).prop_map(|(mut found, (namespace, name, prefix, version, port))| {
        found.finding.place = Place { namespace, name };
        found.endpoint.prefix = prefix;
        found.endpoint.port = port;
        if let Health::Ready { version: told, .. } = &mut found.health {
            *told = version;
        }
        found
    })
}

proptest! {
    #[test]
    fn whatever_was_found_no_text_of_it_does_anything(found in vec(service(), 0..8)) {
        let document = Document::of(&found, &Settings::default());
        let yaml = document.yaml();
        let read: Value = serde_saphyr::from_str(&yaml).unwrap();
        prop_assert_eq!(&read, &document.value());
        for marker in ["{{", "}}", "{%", "%}", "{#", "${", "://169"] {
            prop_assert!(!yaml.contains(marker), "{}", yaml);
        }
        prop_assert!(yaml.chars().all(|it| it == '\n' || (' '..='~').contains(&it)), "{}", yaml);
        prop_assert!(!has_dotted_key(&read), "{}", yaml);
        prop_assert!(read.get("toolsets").or_else(|| read.get("mcp_servers")).is_some());
    }
}

fn has_dotted_key(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(key, it)| key.contains('.') || has_dotted_key(it))
        }
        Value::Array(items) => items.iter().any(has_dotted_key),
        _ => false,
    }
}
