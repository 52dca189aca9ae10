use std::fmt::Write;

use expect_test::{Expect, expect};

use crate::config::{Audit, AuditSink, Config, Mode, Policy, parse};

#[track_caller]
fn refused(text: &str, problems: &Expect) {
    problems.assert_eq(&parse(text, "tacklebox.yml").unwrap_err().to_string());
}

#[test]
fn an_empty_file_is_the_defaults() {
    for text in ["", "# nothing\n", "---\n", "{}", "policy:\n", "toolsets:\n  local:\n"] {
        assert_eq!(parse(text, "tacklebox.yml"), Ok(Config::default()), "{text:?}");
    }
}

#[test]
fn what_is_set_is_set_and_the_rest_is_the_default() {
    let config = parse("policy: {mode: read_only, audit: {file: stderr}}", "tacklebox.yml");
    let audit = Audit { file: Some(AuditSink::Stderr) };
    let policy = Policy { mode: Mode::ReadOnly, audit, ..Policy::default() };
    assert_eq!(config, Ok(Config { policy, ..Config::default() }));
}

#[test]
fn an_unknown_key_is_told_with_its_place_and_the_nearest_key() {
    refused(
        "policy:\n  mod: guarded\n",
        &expect!["tacklebox.yml:2:3: unknown key policy.mod: did you mean mode?"],
    );
    refused(
        "log:\n  colour: blue\n",
        &expect!["tacklebox.yml:2:3: unknown key log.colour: known are level, format"],
    );
}

#[test]
fn a_key_in_the_wrong_section_is_told_where_it_belongs() {
    refused(
        "mode: read_only\nkubernetes: {enabled: false}\ntools: {deny: [a]}\nserver: {level: debug}\n",
        &expect![[r"
            tacklebox.yml:1:1: unknown key mode: it belongs in policy
            tacklebox.yml:2:1: unknown key kubernetes: known are toolsets, policy, server, log, obi
            tacklebox.yml:3:1: unknown key tools: it belongs in policy
            tacklebox.yml:4:10: unknown key server.level: it belongs in log"]],
    );
}

#[test]
fn a_name_that_kubernetes_would_not_take_is_refused() {
    for (length, is_good) in [(253, true), (254, false)] {
        let name = "a".repeat(length);
        let text = format!("toolsets: {{discovery: {{publish: {{config_map: {name}}}}}}}");
        assert_eq!(parse(&text, "tacklebox.yml").is_ok(), is_good, "{length}");
    }
    refused(
        "toolsets: {discovery: {publish: {config_map: Tools_}}}",
        &expect![[
            r#"tacklebox.yml:1:46: toolsets.discovery.publish.config_map: "Tools_" is not an object name such as holmesgpt-toolset or tools.v2"#
        ]],
    );
}

#[test]
fn a_key_of_a_secret_is_named_whole_and_without_globs() {
    assert!(parse("policy: {reveal_secrets: ['shop/web-tls:tls.crt']}", "tacklebox.yml").is_ok());
    refused(
        "policy:\n  reveal_secrets: ['*/db:user', shop/db, 'shop/db:', 'shop/*:user', 'shop/db:*', db:user]\n",
        &expect![[r"
            tacklebox.yml:2:20: policy.reveal_secrets[0]: a secret is not written into this file: name a key of a Secret such as shop/web-tls:tls.crt or shop/db:username
            tacklebox.yml:2:33: policy.reveal_secrets[1]: a secret is not written into this file: name a key of a Secret such as shop/web-tls:tls.crt or shop/db:username
            tacklebox.yml:2:42: policy.reveal_secrets[2]: a secret is not written into this file: name a key of a Secret such as shop/web-tls:tls.crt or shop/db:username
            tacklebox.yml:2:54: policy.reveal_secrets[3]: a secret is not written into this file: name a key of a Secret such as shop/web-tls:tls.crt or shop/db:username
            tacklebox.yml:2:69: policy.reveal_secrets[4]: a secret is not written into this file: name a key of a Secret such as shop/web-tls:tls.crt or shop/db:username
            tacklebox.yml:2:82: policy.reveal_secrets[5]: a secret is not written into this file: name a key of a Secret such as shop/web-tls:tls.crt or shop/db:username"]],
    );
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_text() {
    refused(
        "\
toolset: {}
policy:
  mode: gaurded
  call_timeout: 10 parsecs
  max_affected: many
  tools: {allow: '*'}
  tools: {deny: ['[a']}
server:
  http: localhost:8080
  max_body: 4MB
  tokens: [{name: ann}, {file: 3}]
log: [debug]
",
        &expect![[r#"
            tacklebox.yml:1:1: unknown key toolset: did you mean toolsets?
            tacklebox.yml:3:9: policy.mode: "gaurded" is not one of read_only, dry_run, guarded, unguarded; did you mean guarded?
            tacklebox.yml:4:17: policy.call_timeout: "10 parsecs" is not a duration such as 10s or 5m
            tacklebox.yml:5:17: policy.max_affected: "many" is not a whole number
            tacklebox.yml:7:3: policy.tools is written twice, first on line 6
            tacklebox.yml:7:18: policy.tools.deny[0]: "[a" is not a glob such as kubectl_* or team-?
            tacklebox.yml:9:9: server.http: "localhost:8080" is not an address such as 127.0.0.1:8080 or [::1]:8080, or null
            tacklebox.yml:10:13: server.max_body: "4MB" is not a size such as 4MiB or 512KiB
            tacklebox.yml:11:12: server.tokens[0]: the token itself is missing: give file, or value: ${NAME}
            tacklebox.yml:11:25: server.tokens[1]: name is missing
            tacklebox.yml:11:32: server.tokens[1].file: 3 is not a path such as ~/.kube/config or /etc/tacklebox/token, or null
            tacklebox.yml:12:6: log: a list is not a section of keys and values"#]],
    );
}

#[test]
fn a_number_without_a_unit_and_a_word_of_yaml_1_1_are_of_the_wrong_type() {
    refused(
        "policy: {call_timeout: 10}\ntoolsets: {docker: {enabled: yes}}\n",
        &expect![[r#"
            tacklebox.yml:1:24: policy.call_timeout: 10 is not a duration such as 10s or 5m
            tacklebox.yml:2:30: toolsets.docker.enabled: "yes" is not true or false"#]],
    );
}

#[test]
fn nothing_is_no_limit() {
    refused(
        "policy: {call_timeout: 0s, max_affected: 0}\nserver: {max_body: 0MiB}\n",
        &expect![[r#"
            tacklebox.yml:1:24: policy.call_timeout: "0s" is too little: it must be above zero
            tacklebox.yml:1:42: policy.max_affected: 0 is below the least, 1
            tacklebox.yml:2:20: server.max_body: "0MiB" is too little: it must be above zero"#]],
    );
}

#[test]
fn a_number_is_whole_and_within_reason() {
    assert!(parse("policy: {max_affected: 20.0}", "tacklebox.yml").is_ok());
    refused(
        "policy: {max_affected: 1.5, output_tokens: 1e30}\nserver: {max_sessions: -1}\n",
        &expect![[r"
            tacklebox.yml:1:24: policy.max_affected: 1.5 is not a whole number
            tacklebox.yml:1:44: policy.output_tokens: 1e+30 is above the most, 1000000
            tacklebox.yml:2:24: server.max_sessions: -1 is below the least, 1"]],
    );
    refused(
        "policy: {max_affected: 99999999999999999999}",
        &expect!["tacklebox.yml:1:24: policy.max_affected: 1e+20 is above the most, 1000000"],
    );
}

#[test]
fn a_list_at_the_top_is_no_configuration() {
    refused(
        "- policy\n",
        &expect!["tacklebox.yml:1:1: a list is not a section of keys and values"],
    );
}

#[test]
fn an_allow_list_whose_globs_are_all_commented_out_does_not_allow_everything() {
    refused(
        "policy:\n  tools:\n    allow:\n    # - kubectl_get\n",
        &expect!["tacklebox.yml:3:10: policy.tools.allow: null is not a list, such as [a, b]"],
    );
}

#[test]
fn globs_of_every_kind_are_checked() {
    refused(
        "policy:\n  deny_resources: [a/b/c]\n  confirm_also: ['Deployment']\n  timeouts: {'[': 5s, kubectl_logs: soon, 'a/b~c': late}\n",
        &expect![[r#"
            tacklebox.yml:2:20: policy.deny_resources[0]: "a/b/c" is not a resource glob such as secrets or pods/exec
            tacklebox.yml:3:18: policy.confirm_also[0]: "Deployment" is not an object glob such as *:Deployment:prod-*/* or kubectl_apply:Namespace:*
            tacklebox.yml:4:13: policy.timeouts: "[" is not a glob of tool names, such as kubectl_*
            tacklebox.yml:4:37: policy.timeouts.kubectl_logs: "soon" is not a duration such as 10s or 5m
            tacklebox.yml:4:52: policy.timeouts.a/b~c: "late" is not a duration such as 10s or 5m"#]],
    );
}

#[test]
fn an_address_beyond_this_machine_is_refused_without_authentication() {
    refused(
        "server: {http: '0.0.0.0:8080'}\n",
        &expect![
            "tacklebox.yml:1:16: server.http: 0.0.0.0:8080 lets other machines in without asking who they are: add server.tokens or server.auth, listen on 127.0.0.1, or set server.allow_unauthenticated to true"
        ],
    );
    for enough in [
        "{http: '[::1]:8080'}",
        "{http: '0.0.0.0:8080', allow_unauthenticated: true}",
        "{http: '0.0.0.0:8080', tokens: [{name: ann, file: /token}]}",
        "{http: '0.0.0.0:8080', auth: {kubernetes: {enabled: true}}}",
    ] {
        assert!(parse(&format!("server: {enough}"), "tacklebox.yml").is_ok(), "{enough}");
    }
}

#[test]
fn names_that_a_header_could_not_hold_as_they_are_are_refused() {
    refused(
        "server: {tokens: [{name: \"ann\\r\\nx\", file: /a, groups: [\"\", \"a\\tb\", \" a\", \"a\\u007f\", \"a\\u0085\", \"Domain Admins\"]}]}",
        &expect![[r#"
            tacklebox.yml:1:26: server.tokens[0].name: "ann\r\nx" is not a name such as alice or ci
            tacklebox.yml:1:57: server.tokens[0].groups[0]: "" is not a group such as team-a or Domain Admins
            tacklebox.yml:1:61: server.tokens[0].groups[1]: "a\tb" is not a group such as team-a or Domain Admins
            tacklebox.yml:1:69: server.tokens[0].groups[2]: " a" is not a group such as team-a or Domain Admins
            tacklebox.yml:1:75: server.tokens[0].groups[3]: "a" is not a group such as team-a or Domain Admins
            tacklebox.yml:1:86: server.tokens[0].groups[4]: "a" is not a group such as team-a or Domain Admins"#]],
    );
}

#[test]
fn two_holders_cannot_share_a_name_or_a_token() {
    refused(
        "\
server:
  tokens:
    - {name: ann, file: /a}
    - {name: ann, file: /a}
    - {name: bob, file: /b, value: '${B}'}
",
        &expect![[r"
            tacklebox.yml:4:14: server.tokens[1].name: the same as in server.tokens[0]
            tacklebox.yml:4:25: server.tokens[1].file: the same as in server.tokens[0]
            tacklebox.yml:5:7: server.tokens[2]: file and value are given, and only one can be: remove one"]],
    );
}

#[test]
fn the_environment_is_for_secrets_and_nothing_but_the_environment_is() {
    refused(
        "\
policy: {audit: {file: '${HOME}/audit'}}
server: {tokens: [{name: ann, value: s3cret}, {name: bob, value: '${B:-s3cret}'}]}
",
        &expect![[r"
            tacklebox.yml:1:24: policy.audit.file: environment variables stand for secrets only (server.tokens[].value); write the value itself
            tacklebox.yml:2:38: server.tokens[0].value: a secret is not written into this file: name an environment variable such as ${CI_TOKEN}
            tacklebox.yml:2:66: server.tokens[1].value: a secret is not written into this file: name an environment variable such as ${CI_TOKEN}"]],
    );
}

#[test]
fn what_is_pasted_where_a_secret_is_named_is_not_repeated() {
    let texts = [
        "toolsets: {discovery: {credentials: [{service: a/b, api_key: s3cret, tenant: 53}]}}",
        "toolsets: {discovery: {credentials: [{service: a/b, username: [s3cret], password: '${S3CRET}'}]}}",
        "toolsets: {discovery: {credentials: s3cret, insecure_skip_tls_verify: []}}",
        "toolsets: {discovery: {credentials: [s3cret]}}",
        "toolsets: {discovery: {publish: {reload: s3cret}}}",
        "toolsets: {discovery: {publish: {reload: {url: 'http://ann:s3cret@holmes'}}}}",
        "toolsets: {discovery: {publish: {reload: {url: 'http://holmes', token: s3cret}}}}",
        "policy: {reveal_secrets: s3cret}",
        "server: {tokens: [s3cret], allowed_origins: ['https://ann:s3cret@chat.example.com']}",
        "s3cret",
    ];
    let told: Vec<String> =
        texts.iter().map(|it| parse(it, "it.yml").unwrap_err().to_string()).collect();
    let told = told.join("\n");
    assert!(!told.to_lowercase().contains("s3cret") && !told.contains("53"), "{told}");
    expect![[r#"
        it.yml:1:62: toolsets.discovery.credentials[0].api_key: a secret is not written into this file: name a variable of HolmesGPT's environment in capitals such as GRAFANA_API_KEY
        it.yml:1:78: toolsets.discovery.credentials[0].tenant: a secret is not written into this file: name a variable of HolmesGPT's environment in capitals such as GRAFANA_API_KEY
        it.yml:1:63: toolsets.discovery.credentials[0].username: a secret is not written into this file: name a variable of HolmesGPT's environment in capitals such as GRAFANA_API_KEY
        it.yml:1:83: toolsets.discovery.credentials[0].password: a secret is not written into this file: name a variable of HolmesGPT's environment in capitals such as GRAFANA_API_KEY
        it.yml:1:37: toolsets.discovery.credentials: what is written here is not a list, such as [a, b]
        it.yml:1:38: toolsets.discovery.credentials[0]: what is written here is not a section of keys and values
        it.yml:1:42: toolsets.discovery.publish.reload: what is written here is not a section of keys and values, or null
        it.yml:1:48: toolsets.discovery.publish.reload.url: "…@holmes" is not an origin such as https://chat.example.com or http://localhost:6274
        it.yml:1:72: toolsets.discovery.publish.reload.token: a secret is not written into this file: name an environment variable such as ${CI_TOKEN}
        it.yml:1:26: policy.reveal_secrets: what is written here is not a list, such as [a, b]
        it.yml:1:19: server.tokens[0]: what is written here is not a section of keys and values
        it.yml:1:46: server.allowed_origins[0]: "…@chat.example.com" is not an origin such as https://chat.example.com or http://localhost:6274
        it.yml:1:1: what is written here is not a section of keys and values"#]].assert_eq(&told);
}

#[test]
fn obi_reads_the_environment_itself() {
    let text = "obi: {otel_traces_export: {endpoint: 'http://${HOST_IP}:4317'}}";
    let config = parse(text, "tacklebox.yml").unwrap();
    assert_eq!(config.obi["otel_traces_export"]["endpoint"], "http://${HOST_IP}:4317");
}

#[test]
fn a_mistake_in_the_yaml_is_shown_in_its_line() {
    refused(
        "policy:\n  mode: read_only\n confirm: never\n",
        &expect![[r"
        tacklebox.yml:3:2: while parsing a block mapping, did not find expected key
           confirm: never
           ^"]],
    );
    refused(
        "policy: [",
        &expect![[r"
        tacklebox.yml:1:9: unclosed bracket '['
          policy: [
                  ^"]],
    );
    refused(
        "policy: {}\n---\nlog: {}\n",
        &expect![[r"
        tacklebox.yml:3:1: only single YAML document expected but multiple found
          log: {}
          ^"]],
    );
    refused(
        "log: {level: !secret debug}\n",
        &expect![[r"
        tacklebox.yml:1:22: unsupported tag `!secret`
          log: {level: !secret debug}
                               ^"]],
    );
}

#[test]
fn the_line_of_a_mistake_is_not_shown_where_it_may_have_a_secret() {
    refused(
        "toolsets: {discovery: {credentials: [{service: a/b, \"password\" : @s3cret}]}}",
        &expect!["tacklebox.yml:1:66: unexpected character: `@'"],
    );
    refused(
        "policy: {reveal_secrets: [@s3cret]}",
        &expect!["tacklebox.yml:1:27: unexpected character: `@'"],
    );
    refused(
        "toolsets:\n  discovery:\n    publish:\n      reload:\n        token: 's3cret\n",
        &expect!["tacklebox.yml:5:16: unclosed quote"],
    );
}

#[test]
fn aliases_and_merges_are_read_as_what_they_stand_for() {
    let text = "policy: {tools: &all {deny: [a]}, namespaces: {<<: *all, deny: [b]}}";
    let policy = parse(text, "tacklebox.yml").unwrap().policy;
    assert_eq!(
        (policy.tools.deny, policy.namespaces.deny),
        (vec!["a".to_owned()], vec!["b".to_owned()])
    );
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "obi:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let items = [before.as_str(); 9].join(", ");
        writeln!(text, "  a{level}: &a{level} [{items}]").unwrap();
    }
    assert!(parse(&text, "tacklebox.yml").is_err());
}
