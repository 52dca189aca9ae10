//! How the OBI that was deployed here is, from everything that can be seen of it at one moment.

use std::time::Duration;

use super::{
    Local,
    asking::Answers,
    look::{Foreign, Look, Phase},
    problems::{self, Told},
    process::Usage,
    store::Deployment,
};
use crate::{
    obi::config::Release,
    obi::{
        health::{self, Evidence, Verdict},
        log::{self, Line, Progress},
        plan::{self, Plan},
    },
    output::{Document, Keep},
};

/// Everything that was seen.
pub(super) struct Answered {
    pub(super) deployment: Option<Deployment>,
    pub(super) phase: Phase,
    pub(super) usage: Option<Usage>,
    pub(super) answers: Answers,
    pub(super) foreign: Vec<Foreign>,
    pub(super) lines: Vec<Line>,
    pub(super) plan: Option<Plan>,
}
