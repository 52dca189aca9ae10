//! The Secret with the certificate of an Ingress does not exist.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::Named,
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "ingress_tls", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ingress in snapshot.ingresses.iter() {
        let names = ingress.spec.tls.iter().map(|it| it.secret_name.as_str());
        for name in names.filter(|it| !it.is_empty() && snapshot.secrets.lacks(it)) {
            let problem = format!("its TLS Secret {} does not exist", word(name));
            let subject = Subject::new(Kind::Ingress, ingress.name());
            findings.push(Finding::sure(subject, problem).next(Call::get("secrets")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_certificate_that_is_not_there_is_named() {
        let ingress = "{kind: Ingress, metadata: {name: front}, spec: {tls: [{secretName: cert}]}}";
        expect![[r"
            [sure] ingress/front: its TLS Secret cert does not exist
        "]]
        .assert_eq(&says(&RULE, ingress));
        let both = format!("{ingress}\n---\n{{kind: Secret, metadata: {{name: cert}}}}");
        assert_eq!(says(&RULE, &both), "");
    }
}
