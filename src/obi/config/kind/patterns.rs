//! Globs and regular expressions.

use globset::GlobBuilder;
use regex::Regex;

use super::{Wrong, scalar, shown, wrong};
use crate::tree::Node;

/// Go's regular expressions and ours differ in nothing that a selector needs.
pub(super) fn regex(value: &Node) -> Option<Wrong> {
    let text = scalar(value)?;
    let error = Regex::new(&text).err()?;
    let reason = error.to_string();
    let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    wrong(
        format!("{text} is no regular expression: {reason}"),
        "write a regular expression, as Go reads it",
    )
}

pub(super) fn glob(value: &Node) -> Option<Wrong> {
    let Some(text) = scalar(value) else {
        return wrong(
            format!("{} is no glob", shown(value)),
            "write one glob; several go into one as {a,b}",
        );
    };
    // Only brackets can be wrong, and most globs have none.
    if !text.contains(['[', ']', '{', '}', '\\']) {
        return None;
    }
    let error = GlobBuilder::new(&text).literal_separator(false).build().err()?;
    wrong(format!("{text} is no glob: {}", error.kind()), "write a glob: shop-*, {a,b}, web[0-9]")
}
