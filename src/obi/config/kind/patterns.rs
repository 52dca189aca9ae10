//! Globs and regular expressions.

use super::{Wrong, scalar, shown, wrong};
use crate::{
    obi::pattern::{Pattern, wrong_glob},
    tree::Node,
};

pub(super) fn regex(value: &Node) -> Option<Wrong> {
    let Some(text) = scalar(value) else {
        return wrong(
            format!("{} is no regular expression", shown(value)),
            "write one text; several go into one as a|b",
        );
    };
    let error = Pattern::regex(&text).err()?;
    wrong(error, "write a regular expression, as Go reads it")
}

pub(super) fn glob(value: &Node) -> Option<Wrong> {
    let Some(text) = scalar(value) else {
        return wrong(
            format!("{} is no glob", shown(value)),
            "write one glob; several go into one as {a,b}",
        );
    };
    wrong(wrong_glob(&text)?, "write a glob: shop-*, {a,b}, web[0-9]")
}
