//! A call with its types erased, up to the point where it begins to do something.

use std::{marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use futures::{FutureExt, future::BoxFuture};

use super::{
    Arguments, Change, Definition, Output, Planned, Preview, Session, Tool, ToolError,
    arguments::Checker,
};
use crate::output::Answer;

/// A call that is ready to run.
pub struct Prepared {
    /// What it would change; none when it only looks.
    pub preview: Option<Preview>,
    /// Whether the caller wants the preview and nothing else.
    pub dry_run: bool,
    run: Run,
}

type Run = Box<dyn FnOnce(Session) -> BoxFuture<'static, Result<Answer, ToolError>> + Send>;

impl Prepared {
    pub async fn carry_out(self, session: &Session) -> Result<Answer, ToolError> {
        (self.run)(session.clone()).await
    }
}

#[async_trait]
pub(super) trait Handler: Send + Sync {
    async fn prepare(
        &self,
        arguments: &Arguments,
        session: &Session,
    ) -> Result<Prepared, ToolError>;
}

/// `K` is what kind of tool it is: [`Looking`] or [`Changing`].
pub(super) struct Bound<C, K> {
    context: Arc<C>,
    checker: Checker,
    kind: PhantomData<K>,
}

pub(super) struct Looking<T>(PhantomData<T>);
pub(super) struct Changing<T>(PhantomData<T>);

impl<C, K> Bound<C, K> {
    pub(super) fn new(context: Arc<C>, definition: &Definition) -> Self {
        let checker = Checker::new(definition.name, Arc::clone(&definition.input))
            .renaming(definition.renamed);
        Self { context, checker, kind: PhantomData }
    }
}

#[async_trait]
impl<T: Tool> Handler for Bound<T::Context, Looking<T>> {
    async fn prepare(&self, arguments: &Arguments, _: &Session) -> Result<Prepared, ToolError> {
        let tool: T = self.checker.parse(arguments)?;
        let context = Arc::clone(&self.context);
        let run: Run = Box::new(move |session| {
            async move { tool.call(&context, &session).await?.into_answer() }.boxed()
        });
        Ok(Prepared { preview: None, dry_run: false, run })
    }
}

#[async_trait]
impl<T: Change> Handler for Bound<T::Context, Changing<T>> {
    async fn prepare(
        &self,
        arguments: &Arguments,
        session: &Session,
    ) -> Result<Prepared, ToolError> {
        let tool: T = self.checker.parse(arguments)?;
        let Planned { plan, preview } = tool.plan(&self.context, session).await?;
        let (context, dry_run) = (Arc::clone(&self.context), tool.is_dry_run());
        let run: Run = Box::new(move |session| {
            async move { tool.carry_out(plan, &context, &session).await?.into_answer() }.boxed()
        });
        Ok(Prepared { preview: Some(preview), dry_run, run })
    }
}
