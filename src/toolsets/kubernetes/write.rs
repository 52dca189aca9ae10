//! Requests that change something. What a client of ours changes is known to the API server as changed by `tacklebox`.

use bytes::Bytes;
use http::{
    HeaderMap, Method, Request, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, WARNING},
};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};

use super::{
    cluster::{Cluster, JSON, parsed},
    error::ApiError,
};

pub(super) const FIELD_MANAGER: &str = "tacklebox";

/// What the guard looks for, too.
const DRY_RUN: &str = "dryRun=All";

pub(super) const APPLY_PATCH: &str = "application/apply-patch+yaml";
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(super) const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
pub(super) const JSON_PATCH: &str = "application/json-patch+json";

/// A change to ask for. It is sent once: whoever hears no answer does not know whether it was made, and has to look.
#[derive(Debug, Clone)]
pub(super) struct Write {
    method: Method,
    path: String,
    query: Vec<String>,
    content_type: &'static str,
    body: Value,
}

/// What the API server made of it.
#[derive(Debug)]
pub(super) struct Written {
    /// The object as it is now; a `Status` where it is gone.
    pub(super) object: Value,
    /// What the API server warns of: deprecated versions, what Pod Security would not admit.
    pub(super) warnings: Vec<String>,
    /// Whether it was not there before.
    pub(super) created: bool,
}

impl Write {
    pub(super) fn patch(path: &str, content_type: &'static str, body: &Value) -> Self {
        Self::new(Method::PATCH, path, content_type, body).naming_us()
    }

    pub(super) fn create(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path, JSON, body).naming_us()
    }

    /// `options` are `DeleteOptions`, with the preconditions under which the object is deleted.
    pub(super) fn delete(path: &str, options: &Value) -> Self {
        Self::new(Method::DELETE, path, JSON, options)
    }

    fn new(method: Method, path: &str, content_type: &'static str, body: &Value) -> Self {
        let (path, body) = (path.to_owned(), body.clone());
        Self { method, path, query: Vec::new(), content_type, body }
    }

    /// Unknown and duplicate fields are errors, and not silently lost.
    fn naming_us(self) -> Self {
        self.with(&format!("fieldManager={FIELD_MANAGER}")).with("fieldValidation=Strict")
    }

    /// One more parameter, `force=true`.
    #[must_use]
    pub(super) fn with(mut self, parameter: &str) -> Self {
        self.query.push(parameter.to_owned());
        self
    }

    /// The same, tried by the API server with all that would speak against it, and not kept.
    #[must_use]
    pub(super) fn dry_run(mut self) -> Self {
        // Of a deletion that has options in its body, the API server does not read the parameters: it would really delete.
        if self.method == Method::DELETE
            && let Value::Object(options) = &mut self.body
        {
            options.insert("dryRun".to_owned(), json!(["All"]));
        }
        self.with(DRY_RUN)
    }

    /// The subresource that it goes to, of the object at that path.
    pub(super) fn subresource(&self, object: &str) -> Option<&str> {
        self.path.strip_prefix(object)?.strip_prefix('/')
    }

    /// Only tried, or made.
    #[must_use]
    pub(super) fn tried(self, only: bool) -> Self {
        if only { self.dry_run() } else { self }
    }

    pub(super) fn is_dry_run(&self) -> bool {
        self.query.iter().any(|it| it == DRY_RUN)
    }

    fn request(&self) -> Result<Request<Body>, ApiError> {
        let uri = if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query.join("&"))
        };
        let request = Request::builder().method(&self.method).uri(uri);
        let request = request.header(ACCEPT, JSON).header(CONTENT_TYPE, self.content_type);
        request
            .body(Body::from(Bytes::from(self.body.to_string())))
            .map_err(|error| ApiError::unaskable(&error))
    }
}

impl Cluster {
    pub(super) async fn write(&self, write: &Write) -> Result<Written, ApiError> {
        let response = self.send_once(write.request()?).await?;
        let (status, warnings) = (response.status(), warnings(response.headers()));
        let body = response.into_body().collect().await.map_err(ApiError::from)?.to_bytes();
        if !status.is_success() {
            return Err(self.failure(status, &body));
        }
        let created = status == StatusCode::CREATED;
        Ok(Written { object: parsed(&body)?, warnings, created })
    }
}

/// The body for those conditions only, which are fields of its metadata, such as a `resourceVersion`.
pub(super) fn under(body: &Value, conditions: &Value) -> Value {
    let mut body = body.clone();
    if let (Value::Object(fields), Value::Object(conditions)) = (&mut body, conditions)
        && let Value::Object(metadata) = fields.entry("metadata").or_insert_with(|| json!({}))
    {
        metadata.extend(conditions.clone());
    }
    body
}

/// The texts of `Warning: 299 - "apps/v1beta1 is deprecated"`.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(WARNING).iter();
    values.flat_map(|it| texts(&String::from_utf8_lossy(it.as_bytes()))).collect()
}

/// Several can stand in one header, and a quote in a text is written `\"`.
fn texts(header: &str) -> Vec<String> {
    let (mut texts, mut text, mut letters) = (Vec::new(), None::<String>, header.chars());
    while let Some(letter) = letters.next() {
        match (letter, &mut text) {
            ('"', Some(_)) => texts.extend(text.take()),
            ('"', None) => text = Some(String::new()),
            ('\\', Some(text)) => text.extend(letters.next()),
            (letter, Some(text)) => text.push(letter),
            (_, None) => {}
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_is_heard_whole() {
        let mut headers = HeaderMap::new();
        for value in [
            r#"299 - "v1beta1 is deprecated""#,
            r#"299 - "unknown field \"spec.x\"", 299 - "two""#,
            r#"299 - "cut"#,
        ] {
            headers.append(WARNING, value.parse().unwrap());
        }
        let expected = ["v1beta1 is deprecated", r#"unknown field "spec.x""#, "two"];
        assert_eq!(warnings(&headers), expected);
    }

    /// In both places: the guard sees the one, and the API server the other.
    #[tokio::test]
    async fn a_deletion_that_is_only_tried_says_so_in_its_parameters_and_in_its_options() {
        let options = json!({ "kind": "DeleteOptions", "apiVersion": "v1" });
        let write = Write::delete("/api/v1/namespaces/shop/pods/web", &options).dry_run();
        let request = write.request().unwrap();
        assert_eq!(request.uri().query(), Some("dryRun=All"));
        let body = request.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(parsed::<Value>(&body).unwrap()["dryRun"], json!(["All"]));
    }
}
