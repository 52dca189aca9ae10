use super::*;

#[test]
fn every_key_of_the_table_is_read_and_leads_somewhere() {
    let keys = super::super::keys::Keys::v1();
    assert!(keys.variables.len() > 200, "{}", keys.variables.len());
    assert!(keys.root.contains_key("discovery"));
}

#[test]
fn a_key_that_obi_does_not_know_is_told_with_its_place_and_what_was_meant() {
    let text = "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"8080\"\nprometheus_export:\n  prot: 9464\n";
    let found = findings(text);
    let [finding] = &found[..] else { panic!("{found:#?}") };
    assert_eq!((finding.severity, finding.rule), (Severity::Warning, "unknown-key"));
    assert_eq!(finding.path, "prometheus_export.prot");
    assert_eq!(finding.place.map(|it| (it.line, it.column)), Some((6, 3)));
    assert_eq!(finding.fix, "did you mean port?");
}
