use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn becomes(old: &str, yaml: &Expect, notes: &Expect) {
    let migrated = migrate(old).unwrap();
    assert!(parse(&migrated.yaml, "tacklebox.yml").is_ok());
    yaml.assert_eq(&migrated.yaml);
    notes.assert_eq(&migrated.notes.join("\n"));
}

#[test]
fn the_documented_form_keeps_its_toolsets_and_gets_the_keys_that_obi_has() {
    becomes(
        "
toolsets:
  local: {enabled: true, binary_path: /usr/local/bin/obi}
  kubernetes:
    enabled: true
    kubeconfig: ~/.kube/config
    default_namespace: observability
    default_image: otel/ebpf-instrument:main
  docker: {enabled: false}
obi:
  network:
    enable: true
    allowed_attributes: [http.method, http.status_code]
  export:
    otlp: {endpoint: 'http://localhost:4317', protocol: grpc}
",
        &expect![[r"
            toolsets:
              local:
                enabled: true
                binary_path: /usr/local/bin/obi
              kubernetes:
                enabled: true
                kubeconfig: ~/.kube/config
                default_namespace: observability
                default_image: otel/ebpf-instrument:main
              docker:
                enabled: false
            obi:
              otel_traces_export:
                endpoint: http://localhost:4317
                protocol: grpc
              otel_metrics_export:
                endpoint: http://localhost:4317
                protocol: grpc
              attributes:
                select:
                  http_server_request_duration:
                    include:
                    - http.request.method
                    - http.response.status_code
              metrics:
                features:
                - application
                - network
        "]],
        &expect![[r#"
            obi.export.otlp.endpoint is now obi.otel_traces_export.endpoint and obi.otel_metrics_export.endpoint
            obi.export.otlp.protocol is now obi.otel_traces_export.protocol and obi.otel_metrics_export.protocol
            http.method in obi.network.allowed_attributes is now http.request.method in obi.attributes.select.http_server_request_duration.include
            http.status_code in obi.network.allowed_attributes is now http.response.status_code in obi.attributes.select.http_server_request_duration.include
            obi.network.enable is now network in obi.metrics.features
            obi selects no process, so that OBI looks at network flows at most: add obi.discovery.instrument, such as [{open_ports: "8080"}]"#]],
    );
}

#[test]
fn the_flat_form_is_the_local_toolset() {
    becomes(
        "
binaryPath: /opt/obi
configPath: /etc/obi.yml
network: {enable: true, cidrs: [10.0.0.0/8], allowed_attributes: [src.name, http.route]}
export: {otlp: {endpoint: 'localhost:4318', protocol: http, headers: {a: b}}}
attributes: {kubernetes: {enable: true}}
",
        &expect![[r"
            toolsets:
              local:
                binary_path: /opt/obi
                enabled: true
              kubernetes:
                enabled: false
            obi:
              attributes:
                kubernetes:
                  enable: true
                select:
                  obi_network_flow_bytes:
                    include:
                    - src.name
                  http_server_request_duration:
                    include:
                    - http.route
              otel_traces_export:
                endpoint: http://localhost:4318
                protocol: http/protobuf
              otel_metrics_export:
                endpoint: http://localhost:4318
                protocol: http/protobuf
              metrics:
                features:
                - application
                - network
              network:
                cidrs:
                - 10.0.0.0/8
        "]],
        &expect![[r#"
            binaryPath is now toolsets.local.binary_path
            configPath is left out: put the content of that file under obi
            network is now obi.network
            export is now obi.export
            attributes is now obi.attributes
            toolsets.kubernetes.enabled is false, since the old file had no cluster: set it to true to work with one
            obi.export.otlp.endpoint is now obi.otel_traces_export.endpoint and obi.otel_metrics_export.endpoint: it has http:// before it now, without which OBI does not take it
            obi.export.otlp.protocol is now obi.otel_traces_export.protocol and obi.otel_metrics_export.protocol: http is called http/protobuf
            obi.export.otlp.headers is left out: OBI takes it from the environment, such as OTEL_EXPORTER_OTLP_HEADERS
            src.name in obi.network.allowed_attributes is now src.name in obi.attributes.select.obi_network_flow_bytes.include
            http.route in obi.network.allowed_attributes is now http.route in obi.attributes.select.http_server_request_duration.include
            obi.network.enable is now network in obi.metrics.features
            obi selects no process, so that OBI looks at network flows at most: add obi.discovery.instrument, such as [{open_ports: "8080"}]"#]],
    );
}

#[test]
fn overrides_for_kubernetes_become_what_obi_and_the_tools_know() {
    becomes(
        "
toolsets: {kubernetes: {enabled: true, colour: blue}}
obi:
  kubernetes: {metadata_enable: true, service_account: obi, rbac: {}}
  exporter: {prometheus: {port: 9090}}
",
        &expect![[r#"
            toolsets:
              kubernetes:
                enabled: true
            obi:
              attributes:
                kubernetes:
                  enable: "true"
        "#]],
        &expect![[r#"
            obi.exporter.prometheus is left out: OBI has no such key
            obi.kubernetes.metadata_enable is now obi.attributes.kubernetes.enable
            obi.kubernetes.service_account is left out: the deploying tool makes the service account and its rights
            obi.kubernetes.rbac is left out: the deploying tool makes the service account and its rights
            obi selects no process, so that OBI looks at network flows at most: add obi.discovery.instrument, such as [{open_ports: "8080"}]
            toolsets.kubernetes.colour is left out: there is no such key"#]],
    );
}

#[test]
fn what_is_already_set_is_kept() {
    becomes(
        "
obi:
  metrics: {features: [application, network]}
  otel_traces_export: {endpoint: 'http://traces:4317'}
  network: {enable: true}
  export: {otlp: {endpoint: 'http://both:4317'}}
",
        &expect![[r"
            toolsets:
              local:
                enabled: true
              kubernetes:
                enabled: false
            obi:
              metrics:
                features:
                - application
                - network
              otel_traces_export:
                endpoint: http://traces:4317
              otel_metrics_export:
                endpoint: http://both:4317
        "]],
        &expect![[r#"
            the old file held OBI's own settings and nothing else: tacklebox obi migrate makes a file for OBI of it
            toolsets.kubernetes.enabled is false, since the old file had no cluster: set it to true to work with one
            obi.export.otlp.endpoint is now obi.otel_metrics_export.endpoint
            obi.network.enable is now network in obi.metrics.features
            obi selects no process, so that OBI looks at network flows at most: add obi.discovery.instrument, such as [{open_ports: "8080"}]"#]],
    );
}

#[test]
fn a_value_that_is_wrong_in_the_old_file_is_told_and_nothing_is_written() {
    let problems = migrate("toolsets: {local: {enabled: perhaps}}").unwrap_err();
    assert_eq!(
        problems.to_string(),
        r#"the new file: toolsets.local.enabled: "perhaps" is not true or false"#
    );
}

#[test]
fn a_file_of_ours_without_toolsets_gets_none() {
    let migrated = migrate("policy: {mode: read_only}").unwrap();
    assert_eq!(migrated.yaml, "policy:\n  mode: read_only\n");
    assert!(migrated.notes.is_empty());
}

#[test]
fn both_old_forms_are_refused_with_the_command() {
    for old in [
        "binary_path: /opt/obi",
        "network: {enable: true}",
        "exporter: {}",
        "toolsets: {}\nobi: {export: {}}",
        "obi: {network: {allowed_attributes: []}}",
    ] {
        let problems = parse(old, "old.yml").unwrap_err().to_string();
        let command = "run: tacklebox migrate old.yml > tacklebox.yml";
        assert!(problems.ends_with(command), "{problems}");
    }
}

#[test]
fn the_command_never_lets_the_shell_empty_the_old_file() {
    let refused = |name: &str| parse("enabled: true", name).unwrap_err().to_string();
    assert!(refused("/etc/tacklebox.yml").ends_with(
        "tacklebox migrate /etc/tacklebox.yml > /etc/tacklebox.yml.new && mv /etc/tacklebox.yml.new /etc/tacklebox.yml"
    ));
    assert!(refused("/etc/tacklebox/config.yml").contains("> /etc/tacklebox/config.yml.new &&"));
    assert!(refused("my old.yml").ends_with("tacklebox migrate 'my old.yml' > tacklebox.yml"));
}

#[test]
fn what_migrate_writes_needs_no_migration() {
    let once =
        migrate("network: {enable: true}\nexport: {otlp: {endpoint: 'http://a:1'}}").unwrap();
    let twice = migrate(&once.yaml).unwrap();
    assert_eq!(twice, Migrated { yaml: once.yaml, notes: Vec::new() });
}

#[test]
fn a_file_of_obi_alone_is_told_the_command_that_makes_a_file_for_obi_of_it() {
    let notes = migrate("export: {otlp: {endpoint: 'http://collector:4317'}}\n").unwrap().notes;
    assert!(notes.iter().any(|it| it.contains("tacklebox obi migrate")), "{notes:#?}");
    let notes = migrate("binary_path: /opt/obi\nnetwork: {enable: true}\n").unwrap().notes;
    assert!(!notes.iter().any(|it| it.contains("tacklebox obi migrate")), "{notes:#?}");
}
