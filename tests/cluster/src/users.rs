use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    Cluster, Connection, Namespace, installation, kubeconfig,
    rules::{Rule, Subject},
    runtime::{self, Deadline},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Someone with a client certificate, known to the API server by name.
#[derive(Debug, Clone)]
pub struct User {
    name: String,
    kubeconfig: PathBuf,
}

impl User {
    /// The name as RBAC and the audit log have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A kubeconfig of one context, with the certificate and the key inside.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A connection as this user.
    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(&self.kubeconfig).await
    }
}

impl Cluster {
    /// Makes a user named `PREFIX-N` with exactly these rights everywhere, besides what every authenticated
    /// user may: discovery, and asking what it may. The rights are in force when this returns.
    ///
    /// A rule is `VERBS WHAT [NAMES]`, lists separated by commas, the group after a dot:
    ///
    /// ```no_run
    /// # async fn example(cluster: tacklebox_cluster::Cluster) -> anyhow::Result<()> {
    /// let viewer = cluster
    ///     .user("viewer", &["get,list,watch pods,pods/log,deployments.apps", "get secrets public", "get /metrics"])
    ///     .await?;
    /// let nobody = cluster.user("nobody", &[]).await?;
    /// # Ok(()) }
    /// ```
    pub async fn user(&self, prefix: &str, rules: &[&str]) -> Result<User> {
        self.create_user(prefix, None, rules).await
    }

    /// Makes a user as [`Self::user`] does, whose rights end at the border of a namespace.
    pub async fn user_in(
        &self,
        namespace: &Namespace,
        prefix: &str,
        rules: &[&str],
    ) -> Result<User> {
        self.create_user(prefix, Some(namespace.name()), rules).await
    }

    async fn create_user(
        &self,
        prefix: &str,
        namespace: Option<&str>,
        rules: &[&str],
    ) -> Result<User> {
        let name = self.unique(prefix);
        let kubeconfig = installation::kubeconfig(self.folder(), &name);
        let target = kubeconfig::Target {
            server: self.server_url(),
            authority: self.ca(),
            namespace: namespace.unwrap_or("default"),
        };
        let identity = self.inner().authority.client(&name, &[])?;
        kubeconfig::write(&kubeconfig, target, &name, &identity)?;
        self.grant(&name, namespace, rules).await?;
        Ok(User { name, kubeconfig })
    }

    /// Gives rights to someone who is not one of our [`User`]s: `alice` who is impersonated,
    /// `system:serviceaccount:shop:agent`, or all of `group:developers`. Without a namespace they hold everywhere.
    /// They are in force when this returns.
    pub async fn grant(
        &self,
        subject: &str,
        namespace: impl Into<Option<&str>>,
        rules: &[&str],
    ) -> Result<()> {
        let namespace = namespace.into();
        let rules = rules.iter().map(|it| Rule::parse(it)).collect::<Result<Vec<Rule>>>()?;
        let Some(first) = rules.first() else { return Ok(()) };
        let subject = Subject::parse(subject);
        self.bind(subject, namespace, &rules).await?;
        self.until_allowed(&first.question(subject, namespace)).await
    }

    async fn bind(
        &self,
        subject: Subject<'_>,
        namespace: Option<&str>,
        rules: &[Rule],
    ) -> Result<()> {
        let scope = if namespace.is_some() { "" } else { "Cluster" };
        let name = self.unique("granted");
        let rules: Vec<Value> = rules.iter().flat_map(Rule::policy_rules).collect();
        let metadata = json!({"name": name, "namespace": namespace});
        let group = "rbac.authorization.k8s.io";
        self.apply_object(&json!({
            "apiVersion": format!("{group}/v1"),
            "kind": format!("{scope}Role"),
            "metadata": metadata,
            "rules": rules,
        }))
        .await?;
        self.apply_object(&json!({
            "apiVersion": format!("{group}/v1"),
            "kind": format!("{scope}RoleBinding"),
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": format!("{scope}Role"), "name": name},
            "subjects": [{"apiGroup": group, "kind": subject.kind(), "name": subject.name()}],
        }))
        .await?;
        Ok(())
    }

    /// The API server reads roles from a cache, which is a moment behind.
    async fn until_allowed(&self, question: &Value) -> Result<()> {
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": question,
        });
        let deadline = Deadline::after(PATIENCE);
        while self.request("POST", path, Some(&review)).await?.ok()?["status"]["allowed"] != true {
            if deadline.has_passed() {
                bail!("the rights did not come into force: {question}");
            }
            runtime::pause(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Namespace {
    /// A token of a `ServiceAccount`, made if need be, for ten minutes. Without audiences it is one for the API.
    ///
    /// ```no_run
    /// # async fn example(shop: tacklebox_cluster::Namespace) -> anyhow::Result<()> {
    /// let token = shop.token("agent", &["tacklebox"]).await?;
    /// # Ok(()) }
    /// ```
    pub async fn token(&self, account: &str, audiences: &[&str]) -> Result<String> {
        self.apply(&format!(
            "{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: {account}}}}}"
        ))
        .await?;
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}/token", self.name());
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": audiences, "expirationSeconds": 600},
        });
        let answer = self.cluster().request("POST", &path, Some(&request)).await?.ok()?;
        Ok(answer["status"]["token"].as_str().context("an answer without a token")?.to_owned())
    }
}
