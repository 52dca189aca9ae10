//! Whom a question is about: a user with their groups, or a service account with the groups of all of them.

use crate::toolsets::kubernetes::cluster::{Cluster, JSON};

#[derive(Debug, PartialEq)]
pub(super) struct Who {
    pub(super) user: String,
    pub(super) groups: Vec<String>,
    account: Option<Account>,
}

#[derive(Debug, PartialEq)]
struct Account {
    namespace: String,
    name: String,
}

impl Who {
    /// `namespace` is that of an account that is named without one.
    pub(super) fn read(subject: &str, mut groups: Vec<String>, namespace: &str) -> Self {
        let account = Account::read(subject, namespace);
        let user = account.as_ref().map_or_else(
            || subject.to_owned(),
            |Account { namespace, name }| format!("system:serviceaccount:{namespace}:{name}"),
        );
        if let Some(Account { namespace, .. }) = &account {
            groups.push("system:serviceaccounts".to_owned());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        let known = if user == "system:anonymous" { "unauthenticated" } else { "authenticated" };
        groups.push(format!("system:{known}"));
        Self { user, groups, account }
    }

    /// That there is no such account, when that is known: rights are granted by name, to those who never were as well. Who
    /// may not look, and what users there are, nobody knows.
    pub(super) async fn is_missing(&self, cluster: &Cluster) -> Option<String> {
        let Account { namespace, name } = self.account.as_ref()?;
        if !is_label(namespace) || !is_label(name) {
            return None;
        }
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}");
        let error = cluster.get(&path, JSON).await.err()?;
        let told = || format!("there is no ServiceAccount {name} in namespace {namespace}");
        error.is_not_found().then(told)
    }
}

impl Account {
    /// `sa/web`, `serviceaccount/web`, `sa/shop/web`, `shop/web` and `system:serviceaccount:shop:web`.
    fn read(subject: &str, namespace: &str) -> Option<Self> {
        let account = |namespace: &str, name: &str| {
            Some(Self { namespace: namespace.to_owned(), name: name.to_owned() })
        };
        if let Some(full) = subject.strip_prefix("system:serviceaccount:") {
            let (namespace, name) = full.split_once(':')?;
            return account(namespace, name);
        }
        let parts: Vec<&str> = subject.split('/').collect();
        // Users of identity providers have slashes in their names, too.
        if !parts.iter().all(|it| is_label(it)) {
            return None;
        }
        match *parts.as_slice() {
            [kind, name] if is_kind(kind) => account(namespace, name),
            [kind, namespace, name] if is_kind(kind) => account(namespace, name),
            [namespace, name] => account(namespace, name),
            _ => None,
        }
    }
}

fn is_kind(text: &str) -> bool {
    ["sa", "serviceaccount", "serviceaccounts"].iter().any(|it| text.eq_ignore_ascii_case(it))
}

/// As names of namespaces and service accounts are.
fn is_label(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.');
    !text.is_empty() && text.len() <= 253 && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_known_in_every_form_and_has_its_groups() {
        for form in [
            "sa/web",
            "ServiceAccount/web",
            "shop/web",
            "sa/shop/web",
            "system:serviceaccount:shop:web",
        ] {
            let who = Who::read(form, Vec::new(), "shop");
            assert_eq!(who.user, "system:serviceaccount:shop:web", "{form}");
            let expected =
                ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"];
            assert_eq!(who.groups, expected, "{form}");
        }
        assert_eq!(
            Who::read("sa/bank/web", Vec::new(), "shop").user,
            "system:serviceaccount:bank:web"
        );
        for (user, group) in [
            ("jane", "system:authenticated"),
            ("https://accounts.example/realm#jane", "system:authenticated"),
            ("arn:aws:iam::1:role/admin", "system:authenticated"),
            ("team/shop/jane", "system:authenticated"),
            ("system:anonymous", "system:unauthenticated"),
        ] {
            let who = Who::read(user, Vec::new(), "shop");
            let expected =
                Who { user: user.to_owned(), groups: vec![group.to_owned()], account: None };
            assert_eq!(who, expected);
        }
    }
}
