//! Which cluster, and who one is there.

use jiff::Timestamp;

use crate::tool::Caller;

/// Which cluster, and who one is there. No credential.
#[derive(Debug, Clone)]
pub struct Identity {
    pub context: String,
    /// URL of the API server.
    pub server: String,
    /// The user's name in the kubeconfig; the API server may call it otherwise.
    pub user: Option<String>,
    /// In whose name that user asks, if not in its own.
    pub impersonated: Option<Caller>,
    /// Where to look when a call names no namespace.
    pub namespace: String,
    /// Host and port of the proxy on the way.
    pub proxy: Option<String>,
    /// When the client certificate ends, if that is how the user is known.
    pub certificate_end: Option<Timestamp>,
}

impl Identity {
    /// In whose name it is asked, as far as that is known here.
    pub(crate) fn name(&self) -> Option<&str> {
        let caller = self.impersonated.as_ref().map(|it| &*it.name);
        caller.or(self.user.as_deref())
    }

    /// ` (impersonated, groups team-a, team-b)`; nothing for whoever asks in their own name.
    pub(crate) fn impersonation(&self) -> String {
        let Some(caller) = &self.impersonated else { return String::new() };
        let groups = caller.groups().unwrap_or_default().join(", ");
        let groups = if groups.is_empty() { groups } else { format!(", groups {groups}") };
        format!(" (impersonated{groups})")
    }

    /// `jane`, or `ann (impersonated by jane)`.
    pub(crate) fn who(&self) -> Option<String> {
        let Some(caller) = &self.impersonated else { return self.user.clone() };
        let by = self.user.as_ref().map(|it| format!(" by {it}")).unwrap_or_default();
        Some(format!("{} (impersonated{by})", caller.name))
    }
}
