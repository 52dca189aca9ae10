//! Requests that are under way together.

use futures::{StreamExt, stream};

/// How many are at a time.
const PARALLEL: usize = 8;

/// All of them, a few at a time, and what each gives in its place.
pub(super) async fn side_by_side<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    stream::iter(all).buffered(PARALLEL).collect().await
}
