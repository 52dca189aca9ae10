use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::read;
use crate::output::yaml;

/// Bits that manifests are made of, and that break them.
fn noise() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "\n",
        " ",
        "  ",
        "\t",
        "- ",
        ": ",
        ":",
        "? ",
        "|",
        ">-",
        "|2",
        "'",
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "#",
        " #",
        "&a",
        "*a",
        "<<: ",
        "!",
        "!!str ",
        "!!int ",
        "!!binary ",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "~",
        "null",
        "yes",
        "0644",
        "1_0",
        ".inf",
        "1e999",
        "{{",
        "}}",
        "apiVersion: v1\n",
        "kind: A\n",
        "kind: List\n",
        "metadata:\n  name: a\n",
        "items:\n",
        "a",
        "é",
        "支",
        "\u{feff}",
        "\u{85}",
        "\0",
        "\r\n",
        "\"a\": 1",
        "{\"kind\": \"List\", \"items\": [",
    ]);
    vec(bits, 0..40).prop_map(|it| it.concat())
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[a-z0-9:#\\-?*&!|>'\"%@ \n\t.,\\[\\]{}~_+=<]{0,16}",
        "[-+]?[0-9._eExob]{1,8}",
        prop::sample::select(vec![
            "yes",
            "no",
            "on",
            "Off",
            "y",
            "null",
            "0644",
            "1_000",
            "<<",
            "{{ .Values.x }}"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((texts(), inner), 0..5).prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

fn only(text: &str) -> Result<Value, Vec<String>> {
    read(text).map(|mut it| it.pop().unwrap().object)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_documents_or_problems(text in prop_oneof![noise(), any::<String>()]) {
        match read(&text) {
            Ok(documents) => prop_assert!(documents.iter().all(|it| it.object["metadata"]["name"].is_string())),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn what_is_written_as_yaml_is_read_as_the_same(spec in values(), data in vec((texts(), texts()), 0..4)) {
        let data: Value = data.into_iter().collect();
        let object = json!({"apiVersion": "x/v1", "kind": "A", "metadata": {"name": "a"}, "spec": spec, "data": data});
        prop_assert_eq!(only(&yaml::write(&object)), Ok(object));
    }

    #[test]
    fn what_is_written_as_json_is_read_as_the_same(spec in values()) {
        let object = json!({"apiVersion": "x/v1", "kind": "A", "metadata": {"name": "a"}, "spec": spec});
        prop_assert_eq!(only(&object.to_string()), Ok(object.clone()));
        let pretty = serde_json::to_string_pretty(&object).unwrap();
        prop_assert_eq!(only(&pretty), Ok(object));
    }

    #[test]
    fn no_problem_tells_a_value(
        place in 0..400_usize, length in 0..3_usize,
        bit in prop::sample::select(vec!["", "\t", "'", "\"", "{", "[", "- ", "&a ", "*", "!x ", "%", "@", " ", "{{ ", "\n", "|", "yes"]),
    ) {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
            "data": {"password": "Zq8vXw3TnLp", "number": 4_815_162_342_i64},
            "stringData": {"file": "user: bob\npassword: Hb5kRt2MqWz\n", "token": "Yd7cPf9GsJx"},
        });
        let mut text = yaml::write(&secret);
        let start = place.min(text.len() - length);
        text.replace_range(start..start + length, bit);
        let told = read(&text).err().unwrap_or_default().join("\n");
        for hidden in ["8vXw3Tn", "5kRt2Mq", "7cPf9Gs", "815162342"] {
            prop_assert!(!told.contains(hidden), "{}", told);
        }
    }
}
