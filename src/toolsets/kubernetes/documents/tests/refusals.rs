//! What is wrong, where, and what to do.

use expect_test::expect;

use super::{object, told};

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {a: 1}\ndata:\n  a: yes\n  b: 0644\n  on: x\n  d: x\n  d: y\nf: 12345678901234567890123\ng: 1_000\n---\n- 1\n---\nfoo: [\n--- # c\napiVersion: 1\nkind: X\nmetadata: {generateName: x}\n---\nkind: A\napiversion: v1\n---\napiVersion: ''\nkind: ~\nmetadata: []\n";
    expect![[r#"
        `manifest`: document 1, line 5, column 15: `metadata.labels.a`: a number, where a text is expected: put it in quotes
        `manifest`: document 1, line 7, column 6: `data.a`: `yes` is true to kubectl and a text to others: write true, or "yes" in quotes
        `manifest`: document 1, line 8, column 6: `data.b`: a number, where a text is expected: put it in quotes
        `manifest`: document 1, line 9, column 3: `data.on`: a key that kubectl reads as another: put it in quotes
        `manifest`: document 1, line 11, column 3: `data.d`: this key is also in line 10: keep one
        `manifest`: document 1, line 11, column 6: `data.d`: `y` is true to kubectl and a text to others: write true, or "y" in quotes
        `manifest`: document 1, line 12, column 4: `f`: a number with more digits than are kept: put it in quotes if it is a text
        `manifest`: document 1, line 13, column 4: `g`: a number to kubectl and a text to others: write plain digits, or put it in quotes if it is a text
        `manifest`: document 2, line 15, column 3: an object with apiVersion, kind and metadata is expected, and this is a number
        `manifest`: document 3, line 17, column 6: not YAML: unclosed bracket '[', near `foo:`
        `manifest`: document 4, line 19, column 13: `apiVersion`: a number, where a text is expected: put it in quotes
        `manifest`: document 4, line 21, column 11: `metadata.generateName` is no use, since an apply needs to know the object: give `metadata.name`
        `manifest`: document 5, line 23, column 1: `apiVersion` is missing: add it, such as v1 or apps/v1; `apiversion` is not it
        `manifest`: document 5, line 23, column 1: `metadata` is missing: add it, with a name in it
        `manifest`: document 6, line 26, column 1: `kind` is missing: add it, such as Deployment
        `manifest`: document 6, line 26, column 13: `apiVersion` is empty: write it, such as v1 or apps/v1
        `manifest`: document 6, line 28, column 11: `metadata`: a mapping is expected, and this is a list"#]].assert_eq(&told(text));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let names = [
        "../x",
        "a/b",
        "--server=x",
        "--all",
        "'%2e%2e'",
        "..",
        "''",
        "a b",
        "5",
        "true",
        "[a]",
        "~",
        "{{ x }}",
    ];
    let all: Vec<String> = names
        .iter()
        .map(|it| told(&format!("apiVersion: v1\nkind: A\nmetadata:\n  name: {it}\n")))
        .collect();
    expect![[r#"
        `manifest`: document 1, line 4, column 9: `metadata.name`: "../x" is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: "a/b" is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: "--server=x" is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: "--all" begins with `-`, as no name does
        `manifest`: document 1, line 4, column 9: `metadata.name`: "%2e%2e" is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: ".." is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: "" is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: "a b" is not a name that an object can have
        `manifest`: document 1, line 4, column 9: `metadata.name`: a number, where a text is expected: put it in quotes
        `manifest`: document 1, line 4, column 9: `metadata.name`: true or false, where a text is expected: put it in quotes
        `manifest`: document 1, line 4, column 9: `metadata.name`: a list, where a text is expected
        `manifest`: document 1, line 4, column 3: `metadata.name` is missing: an apply needs to know the object
        `manifest`: document 1, line 4, column 10: `{{ }}`: templates are not rendered here: render it first (`helm template`), or put what is meant literally in quotes"#]].assert_eq(&all.join("\n"));
}

#[test]
fn groups_kinds_and_namespaces_that_lead_elsewhere_are_refused() {
    let heads = [
        "apiVersion: ../v1\nkind: A\nmetadata: {name: a}",
        "apiVersion: a/b/c\nkind: A\nmetadata: {name: a}",
        "apiVersion: V1\nkind: A\nmetadata: {name: a}",
        "apiVersion: v1\nkind: A/B\nmetadata: {name: a}",
        "apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: ../b}",
        "apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: --all-namespaces}",
        "apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 7}",
    ];
    expect![[r#"
        `manifest`: document 1, line 1, column 13: `apiVersion`: "../v1" is none: group/version or v1 is expected
        `manifest`: document 1, line 1, column 13: `apiVersion`: "a/b/c" is none: group/version or v1 is expected
        `manifest`: document 1, line 1, column 13: `apiVersion`: "V1" is none: group/version or v1 is expected
        `manifest`: document 1, line 2, column 7: `kind`: "A/B" is none: one word of letters and digits is expected
        `manifest`: document 1, line 3, column 32: `metadata.namespace`: "../b" is not a name that an object can have
        `manifest`: document 1, line 3, column 32: `metadata.namespace`: "--all-namespaces" is no namespace: lower-case letters, digits and, between them, `-` make its name, 63 at most
        `manifest`: document 1, line 3, column 32: `metadata.namespace`: a number, where a text is expected: put it in quotes"#]].assert_eq(&heads.map(told).join("\n"));
}

#[test]
fn an_object_that_is_there_twice_is_told_with_both_lines() {
    let object = |kind: &str, metadata: &str| {
        format!("apiVersion: apps/{kind}\nkind: Deployment\nmetadata: {{{metadata}}}\n---\n")
    };
    let one = object("v1", "name: web, namespace: shop");
    let text = format!("{one}{}", object("v1beta1", "namespace: shop, name: web"));
    assert_eq!(
        told(&text),
        "`manifest`: document 2, line 5, column 1: Deployment web again, after document 1, line 1: keep one of them"
    );
    let other = object("v1", "name: web, namespace: other");
    assert!(super::read(&format!("{one}{other}")).is_ok());
}

#[test]
fn templates_are_told_that_nobody_renders_them() {
    let texts = [
        "{{- if .Values.enabled }}\napiVersion: v1\nkind: A\n{{- end }}\n".to_owned(),
        object("x: {{ .Values.x }}"),
        object("x: a-{{ .Values.x }}"),
        object("x:\n  {{- toYaml .Values.x | nindent 2 }}"),
        "apiVersion: v1\nkind: {{ .Values.kind }}\n".to_owned(),
        "apiVersion: v1\nkind: A\nmetadata:\n  name: {{ .Release.Name }}-web\n".to_owned(),
        "apiVersion: v1\nkind: A\nmetadata:\n  name: \"{{ name }}-web\"\n".to_owned(),
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  namespace: '{{ .Release.Namespace }}'\n"
            .to_owned(),
    ];
    for text in texts {
        let told = told(&text);
        assert!(told.contains("templates are not rendered here: render it first"), "{text}{told}");
    }
}

#[test]
fn what_is_for_kustomize_is_no_object() {
    let told = told(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
    );
    assert!(told.ends_with("give what `kubectl kustomize` makes of it"), "{told}");
}

#[test]
fn braces_that_belong_to_a_value_are_its_text() {
    let texts = [
        object("summary: Instance {{ $labels.instance }} is down"),
        object("data:\n  a: |\n    {{- if .Values.x }}\n    b\n    {{- end }}"),
        object("a: '{{ .Values.x }}'"),
    ];
    for text in texts {
        assert!(super::read(&text).is_ok(), "{text}: {:?}", super::read(&text));
    }
    let slip = told(&object("data:\n  a: |\n    {{ x }}\n    b\nc: [\n"));
    assert!(slip.contains("unclosed bracket"), "{slip}");
}

#[test]
fn slips_of_yaml_and_json_are_told_with_their_place() {
    let texts = [
        "a: b: c",
        "a:\n\tb: 1",
        "a: 'b",
        "a: *b",
        "a: !Foo b",
        "a: @b",
        "? [a]\n: b",
        "a: 1\n b: 2",
        "- a\nb: c",
        "{\"a\": 1\n \"b\": 2}",
        "{\"a\": tru}",
        "{\"a\": \"b\n\"}",
        "{\"a\": 12345678901234567890123}",
        "{'a': 1, }}",
        "[1, 2",
        "x",
    ];
    expect![[r"
        `manifest`: document 1, line 1, column 5: not YAML: mapping values are not allowed in this context, near `a:`
        `manifest`: document 1, line 2, column 2: not YAML: tabs disallowed within this context (block indentation), near `b:`: indent with spaces, not tabs
        `manifest`: document 1, line 1, column 4: not YAML: unclosed quote, near `a:`
        `manifest`: document 1, line 1, column 4: not YAML: reference to unknown value, near `a:`
        `manifest`: document 1, line 1, column 9: not YAML: unsupported tag `!Foo`, near `a:`
        `manifest`: document 1, line 1, column 4: not YAML: unexpected character: `@', near `a:`
        `manifest`: document 1, line 1, column 3: not YAML: expected string scalar
        `manifest`: document 1, line 2, column 3: not YAML: mapping values are not allowed in this context, near `b:`
        `manifest`: document 1, line 2, column 1: not YAML: while parsing a block collection, did not find expected '-' indicator, near `b:`
        `manifest`: document 1, line 2, column 2: not JSON: `,` or `}` is expected
        `manifest`: document 1, line 1, column 1: `apiVersion` is missing: add it, such as v1 or apps/v1
        `manifest`: document 1, line 1, column 1: `kind` is missing: add it, such as Deployment
        `manifest`: document 1, line 1, column 1: `metadata` is missing: add it, with a name in it
        `manifest`: document 1, line 1, column 1: `apiVersion` is missing: add it, such as v1 or apps/v1
        `manifest`: document 1, line 1, column 1: `kind` is missing: add it, such as Deployment
        `manifest`: document 1, line 1, column 1: `metadata` is missing: add it, with a name in it
        `manifest`: document 1, line 1, column 1: `apiVersion` is missing: add it, such as v1 or apps/v1
        `manifest`: document 1, line 1, column 1: `kind` is missing: add it, such as Deployment
        `manifest`: document 1, line 1, column 1: `metadata` is missing: add it, with a name in it
        `manifest`: document 1, line 1, column 7: `a`: a number with more digits than are kept: put it in quotes if it is a text
        `manifest`: document 1, line 1, column 2: not JSON: a key in double quotes is expected
        `manifest`: document 1, line 1, column 6: not JSON: `,` or `]` is expected
        `manifest`: document 1, line 1, column 1: an object with apiVersion, kind and metadata is expected, and this is a text"]].assert_eq(&texts.map(told).join("\n"));
}
