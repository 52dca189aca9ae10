//! What is on offer, in the protocol's words.

use std::sync::Arc;

use rmcp::model::{
    Implementation, Prompt, PromptArgument, Resource, ResourceTemplate, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};

use crate::{prompt::PromptDefinition, resource::ResourceDefinition, tool::Definition};

pub(super) fn server(purposes: &[String]) -> ServerConfig {
    let capabilities = ServerCapabilities::builder()
        .enable_tools()
        .enable_tool_list_changed()
        .enable_resources()
        .enable_resources_list_changed()
        .enable_resources_subscribe()
        .enable_prompts()
        .enable_prompts_list_changed()
        .enable_completions()
        .enable_logging()
        .build();
    ServerConfig::new(capabilities)
        .with_server_info(implementation())
        .with_instructions(instructions(purposes))
}

pub(super) fn implementation() -> Implementation {
    Implementation::new("tacklebox", env!("CARGO_PKG_VERSION")).with_title("Tacklebox")
}

/// Read by every client at every start, so as short as it can be.
fn instructions(purposes: &[String]) -> String {
    let mut lines = purposes.to_vec();
    lines.push("What is unavailable and why: resource tacklebox://toolsets.".to_owned());
    lines.join("\n")
}

pub(super) fn tool(definition: &Definition) -> Tool {
    let effect = definition.effect;
    let annotations = ToolAnnotations::new()
        .read_only(effect.reads_only())
        .destructive(effect.destroys())
        .idempotent(effect.repeats_safely())
        .open_world(true);
    let tool =
        Tool::new(definition.name, definition.description.clone(), Arc::clone(&definition.input))
            .with_title(definition.title)
            .with_annotations(annotations);
    match &definition.output {
        Some(schema) => tool.with_raw_output_schema(Arc::clone(schema)),
        None => tool,
    }
}

pub(super) fn resource(definition: &ResourceDefinition) -> Resource {
    Resource::new(&definition.uri, &definition.name)
        .with_title(&definition.title)
        .with_description(&definition.description)
        .with_mime_type(&definition.mime_type)
}

pub(super) fn template(definition: &ResourceDefinition) -> ResourceTemplate {
    ResourceTemplate::new(&definition.uri, &definition.name)
        .with_title(&definition.title)
        .with_description(&definition.description)
        .with_mime_type(&definition.mime_type)
}

pub(super) fn prompt(definition: &PromptDefinition) -> Prompt {
    let arguments = definition.arguments.iter().map(|it| {
        PromptArgument::new(it.name).with_description(it.description).with_required(it.required)
    });
    Prompt::new(definition.name, Some(definition.description), Some(arguments.collect()))
        .with_title(definition.title)
}
