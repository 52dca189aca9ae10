//! What an operator should look at although the server would start: settings without effect are likely slips.

use globset::Glob;

use super::{App, callers};
use crate::{config::Mode, nearest::nearest};

impl App {
    pub async fn doubts(&self) -> Vec<String> {
        let mut doubts = self.idle_globs();
        doubts.extend(self.idle_tokens());
        doubts.extend(callers::doubts(&self.config));
        doubts.extend(self.unasked());
        if self.registry.health().is_empty() {
            doubts.push("no toolset is enabled: see `toolsets` in the configuration".to_owned());
        }
        doubts.extend(self.registry.doubts().await);
        doubts
    }

    /// A deny rule that denies nothing is worse than none: somebody relies on it.
    fn idle_globs(&self) -> Vec<String> {
        let names = self.registry.tool_names();
        // Without any tool every glob fits nothing, and that there is none is told already.
        if names.is_empty() {
            return Vec::new();
        }
        let policy = &self.config.policy;
        let lists = [("tools.allow", &policy.tools.allow), ("tools.deny", &policy.tools.deny)];
        let globs =
            lists.iter().flat_map(|(list, globs)| globs.iter().map(|it| (*list, it.as_str())));
        let marked = policy.confirm_also.iter().filter_map(|it| it.split(':').next());
        let globs = globs.chain(marked.map(|it| ("confirm_also", it)));
        let idle = globs.filter(|(_, glob)| {
            let matcher = Glob::new(glob).map(|it| it.compile_matcher());
            matcher.is_ok_and(|it| !names.iter().any(|name| it.is_match(name)))
        });
        let told = idle.map(|(list, glob)| {
            let hint = nearest(glob, names.iter().copied());
            let hint = hint.map(|it| format!(": did you mean {it}?")).unwrap_or_default();
            format!("policy.{list}: `{glob}` is no tool{hint}")
        });
        told.collect()
    }

    /// Whoever marked something relies on being asked.
    fn unasked(&self) -> Option<String> {
        let policy = &self.config.policy;
        let is_idle = policy.mode == Mode::Unguarded && !policy.confirm_also.is_empty();
        is_idle.then(|| "policy.confirm_also: nobody is asked in policy.mode: unguarded".to_owned())
    }

    /// Over stdio nobody is asked for a token, so a bad one keeps no server from starting.
    fn idle_tokens(&self) -> Option<String> {
        let is_idle = self.config.server.http.is_none();
        self.tokens().err().filter(|_| is_idle).map(|it| format!("server.tokens: {it:#}"))
    }
}
