//! What a person who types might mean: values for a blank of a prompt or a variable of a template.

use std::time::Duration;

use rmcp::{
    ErrorData,
    model::{CompleteRequestParams, CompletionInfo, Reference},
};

use crate::registry::Registry;

/// A completion that takes longer is worth nothing to somebody who is typing.
const TYPING: Duration = Duration::from_millis(200);

/// An unknown reference completes to nothing: whoever types has no use for an error.
pub(super) async fn complete(registry: &Registry, request: &CompleteRequestParams) -> Vec<String> {
    let found = tokio::time::timeout(TYPING, find(registry, request)).await;
    found.ok().flatten().unwrap_or_default()
}

async fn find(registry: &Registry, request: &CompleteRequestParams) -> Option<Vec<String>> {
    let (name, prefix) = (&request.argument.name, &request.argument.value);
    match &request.r#ref {
        Reference::Prompt(prompt) => {
            Some(registry.prompt(&prompt.name).ok()?.complete(name, prefix).await)
        }
        Reference::Resource(resource) => {
            Some(registry.resource(&resource.uri).ok()?.complete(name, prefix).await)
        }
        _ => None,
    }
}

/// As many as the protocol allows, and how many there are.
pub(super) fn page(mut values: Vec<String>) -> Result<CompletionInfo, ErrorData> {
    let total = values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let more = total > values.len();
    CompletionInfo::with_pagination(values, u32::try_from(total).ok(), more)
        .map_err(|error| ErrorData::internal_error(error, None))
}
