//! The handler of every request, in both eras. It holds no tool: it asks the registry and translates.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
        CustomRequest, CustomResult, ErrorCode, GetPromptRequestParams, GetPromptResponse,
        ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
        LoggingLevel, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
        ServerConfig, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
        UnsubscribeRequestParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    advertise,
    auth::Pass,
    completion,
    exchange::{Exchange, Round, is_modern},
    mcp::Mcp,
    reply,
    subscriptions::{self, Watched},
};
use crate::{
    policy::Outcome,
    registry::{Page, Unknown},
    tool::{Caller, Session},
};

/// One page of a list. A macro, because the protocol's lists are alike in all but their type.
macro_rules! listed {
    ($result:ident, $items:expr, $request:expr, $context:expr) => {{
        let cursor = $request.and_then(|it| it.cursor);
        let page = Page::of($items.collect(), cursor.as_deref()).ok_or_else(foreign_cursor)?;
        let mut result = $result::with_all_items(page.items);
        result.next_cursor = page.next;
        result.meta = is_modern(&$context).then(reply::meta);
        Ok(result.with_ttl_ms(FRESH_MS).with_cache_scope(CacheScope::Private))
    }};
}

/// How long a client may take a list for fresh. It is told of changes, so this is for those that do not listen.
const FRESH_MS: u64 = 30_000;

pub(super) struct Handler {
    mcp: Mcp,
    caller: Caller,
    /// Set by the client for its session, in the era of sessions.
    level: Mutex<LoggingLevel>,
    /// What the session has subscribed to, in the era of sessions.
    watched: Watched,
    /// Whether the session is told of changes already.
    relayed: AtomicBool,
    ended: CancellationToken,
    _end: DropGuard,
}

type Context = RequestContext<RoleServer>;

impl Handler {
    pub(super) fn new(mcp: Mcp, caller: Caller) -> Self {
        let ended = CancellationToken::new();
        Self {
            mcp,
            caller,
            level: Mutex::new(LoggingLevel::Info),
            watched: Watched::default(),
            relayed: AtomicBool::new(false),
            ended: ended.clone(),
            _end: ended.drop_guard(),
        }
    }

    fn caller(&self, context: &Context) -> Caller {
        let mut caller = pass(context).map_or(&self.caller, Pass::caller).clone();
        // Whoever does not say what they are is not what rmcp fills in.
        let told = context.client_info().filter(|it| it.name != "rmcp");
        caller.client = told.map(|it| format!("{} {}", it.name, it.version));
        caller
    }

    fn exchange<'a>(
        &'a self,
        context: &'a Context,
        subject: serde_json::Value,
        round: Round,
    ) -> Result<Exchange<'a>, ErrorData> {
        Exchange::open(&self.mcp.rounds, context, self.caller(context), subject, round)
    }

    fn level(&self) -> LoggingLevel {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a call until it is answered, or the client no longer wants it, or may no longer have it; then the call's future is
    /// dropped where it stands.
    async fn while_wanted<T>(
        &self,
        context: &Context,
        call: impl Future<Output = T>,
    ) -> Result<T, ErrorData> {
        let _under_way = self.mcp.calls.token();
        tokio::select! {
            answer = call => Ok(answer),
            () = context.ct.cancelled() => Err(ErrorData::internal_error("cancelled", None)),
            () = revoked(context) => Err(ErrorData::internal_error("the token was taken away", None)),
        }
    }

    async fn run(
        &self,
        context: &Context,
        call: impl Future<Output = Result<Outcome, Unknown>>,
        unknown: fn(&Unknown) -> ErrorData,
    ) -> Result<Outcome, ErrorData> {
        self.while_wanted(context, call).await?.map_err(|error| unknown(&error))
    }
}

/// What the request came in with, over HTTP.
fn pass(context: &Context) -> Option<&Pass> {
    context.extensions.get::<http::request::Parts>()?.extensions.get::<Pass>()
}

async fn revoked(context: &Context) {
    match pass(context) {
        Some(pass) => pass.revoked().cancelled().await,
        None => std::future::pending().await,
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        advertise::server(&self.mcp.registry.purposes())
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let session = Session::of(self.caller(&context));
        let tools = self.while_wanted(&context, self.mcp.registry.tools(&session)).await?;
        let tools = tools.iter().map(|it| advertise::tool(it.definition()));
        listed!(ListToolsResult, tools, request, context)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.mcp.registry.tool(name).map(|it| advertise::tool(it.definition()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let subject = json!(["tools/call", request.name, arguments]);
        let round = Round { responses: request.input_responses, state: request.request_state };
        let exchange = self.exchange(&context, subject, round)?;
        let session = exchange.session(self.level());
        let call = self.mcp.registry.call(&request.name, arguments, session);
        let outcome = self.run(&context, call, unknown).await?;
        Ok(reply::tool(exchange.close(outcome)?, is_modern(&context)))
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resources = self.mcp.registry.resources().await;
        let fixed = resources.iter().filter(|it| !it.definition.is_template());
        let fixed = fixed.map(|it| advertise::resource(&it.definition));
        listed!(ListResourcesResult, fixed, request, context)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let resources = self.mcp.registry.resources().await;
        let templates = resources.iter().filter(|it| it.definition.is_template());
        let templates = templates.map(|it| advertise::template(&it.definition));
        listed!(ListResourceTemplatesResult, templates, request, context)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let subject = json!(["resources/read", request.uri]);
        let round = Round { responses: request.input_responses, state: request.request_state };
        let exchange = self.exchange(&context, subject, round)?;
        let registry = &self.mcp.registry;
        let mime_type = registry.resource(&request.uri).map(|it| it.definition.mime_type.clone());
        let mime_type = mime_type.unwrap_or_default();
        let call = registry.read(&request.uri, exchange.session(self.level()));
        let outcome = self.run(&context, call, reply::unknown_resource).await?;
        reply::resource(exchange.close(outcome)?, &request.uri, &mime_type, is_modern(&context))
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompts = self.mcp.registry.prompts().await;
        let prompts = prompts.iter().map(|it| advertise::prompt(&it.definition));
        listed!(ListPromptsResult, prompts, request, context)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let subject = json!(["prompts/get", request.name, arguments]);
        let round = Round { responses: request.input_responses, state: request.request_state };
        let exchange = self.exchange(&context, subject, round)?;
        let registry = &self.mcp.registry;
        let description = registry.prompt(&request.name).map(|it| it.definition.description);
        let description = description.unwrap_or_default();
        let blanks = arguments.into_iter().filter_map(|(name, value)| match value {
            serde_json::Value::String(text) => Some((name, text)),
            serde_json::Value::Null => None,
            other => Some((name, other.to_string())),
        });
        let session = exchange.session(self.level());
        let call = registry.get_prompt(&request.name, blanks.collect(), session);
        let outcome = self.run(&context, call, unknown).await?;
        reply::prompt(exchange.close(outcome)?, description, is_modern(&context))
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: Context,
    ) -> Result<CompleteResult, ErrorData> {
        let session = Session::of(self.caller(&context));
        let values = completion::complete(&self.mcp.registry, &request, session);
        let values = self.while_wanted(&context, values).await?;
        let mut result = CompleteResult::new(completion::page(values)?);
        result.meta = is_modern(&context).then(reply::meta);
        Ok(result)
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        _context: Context,
    ) -> Result<(), ErrorData> {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = request.level;
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: Context,
    ) -> Result<(), ErrorData> {
        self.watched.check(&request.uri)?;
        let session = Session::of(self.caller(&context));
        let opening = subscriptions::open(&self.mcp.registry, &request.uri, session);
        let subscription = self.while_wanted(&context, opening).await??;
        Ok(self.watched.add(&request.uri, subscription)?)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: Context,
    ) -> Result<(), ErrorData> {
        self.watched.remove(&request.uri);
        Ok(())
    }

    /// Once a session, however often a client says so.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if self.relayed.swap(true, Ordering::AcqRel) {
            return;
        }
        let changes = self.mcp.registry.changes().subscribe();
        let relay = subscriptions::relay(context.peer, changes, self.watched.clone());
        let ended = self.ended.clone();
        tokio::spawn(async move { ended.run_until_cancelled(relay).await });
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let uris = context.accepted().resource_subscriptions.clone().unwrap_or_default();
        let caller = self.caller(context.request_context());
        // Each is a call of its own.
        let session = || Session::of(caller.clone());
        let changes = self.mcp.registry.changes().subscribe();
        let heard = async {
            let open = subscriptions::open_all(&self.mcp.registry, &uris, session).await?;
            subscriptions::listen(&context, changes, &open).await;
            Ok(())
        };
        tokio::select! {
            () = context.cancelled() => Ok(()),
            () = self.mcp.stopping.cancelled() => Ok(()),
            outcome = heard => outcome,
        }
    }

    /// A known method lands here when its parameters do not fit.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: Context,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        let removed = is_modern(&context) && REMOVED.contains(&method.as_str());
        if KNOWN.contains(&method.as_str()) && !removed {
            return Err(ErrorData::invalid_params(
                format!(
                    "the params of {method} do not have the shape that the protocol gives them"
                ),
                None,
            ));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("unknown method: {method}"), None))
    }
}

/// Methods whose parameters have a required shape.
const KNOWN: [&str; 10] = [
    "initialize",
    "tools/list",
    "tools/call",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
    "subscriptions/listen",
];

/// Those of them that newer clients no longer have.
const REMOVED: [&str; 4] =
    ["initialize", "resources/subscribe", "resources/unsubscribe", "logging/setLevel"];

fn foreign_cursor() -> ErrorData {
    ErrorData::invalid_params("this cursor was not given out by this server", None)
}

fn unknown(error: &Unknown) -> ErrorData {
    ErrorData::invalid_params(error.to_string(), None)
}
