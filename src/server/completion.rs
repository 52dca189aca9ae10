//! What a person who types might mean: values for a blank of a prompt or a variable of a template.

use std::time::Duration;

use rmcp::{
    ErrorData,
    model::{CompleteRequestParams, CompletionInfo, Reference},
};

use crate::{
    registry::{Proposals, Registry},
    tool::Session,
};

/// A completion that takes longer is worth nothing to somebody who is typing.
const TYPING: Duration = Duration::from_millis(200);

/// An unknown reference completes to nothing: whoever types has no use for an error.
pub(super) async fn complete(
    registry: &Registry,
    request: &CompleteRequestParams,
    session: Session,
) -> Proposals {
    let found = tokio::time::timeout(TYPING, find(registry, request, session)).await;
    found.unwrap_or_default()
}

async fn find(registry: &Registry, request: &CompleteRequestParams, session: Session) -> Proposals {
    let (name, prefix) = (&request.argument.name, &request.argument.value);
    match &request.r#ref {
        Reference::Prompt(prompt) => {
            registry.complete_prompt(&prompt.name, name, prefix, session).await
        }
        Reference::Resource(resource) => {
            registry.complete_resource(&resource.uri, name, prefix, session).await
        }
        _ => Proposals::default(),
    }
}

/// As many as the protocol allows, and how many there are.
pub(super) fn page(found: Proposals) -> Result<CompletionInfo, ErrorData> {
    let Proposals { mut values, total } = found;
    values.truncate(CompletionInfo::MAX_VALUES);
    let more = total > values.len();
    CompletionInfo::with_pagination(values, u32::try_from(total).ok(), more)
        .map_err(|error| ErrorData::internal_error(error, None))
}
