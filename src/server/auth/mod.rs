//! Who may call over HTTP: whoever has a static bearer token, each in a file of its own, or one that a reviewer knows.

mod pass;
mod review;
mod reviews;
mod source;

pub use self::review::{Reviewer, Unreachable, Verdict};
pub use self::source::{BadToken, Holder, TokenSource, token_files};
pub(super) use self::{
    pass::Pass,
    reviews::{Rejected, Reviews},
};

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;

use self::source::{Digest, digest};

/// The tokens that open the door. Cheap to clone; what is changed is changed for all clones.
#[derive(Clone)]
pub struct Tokens(Arc<ArcSwap<List>>);

struct List {
    holders: Vec<Holder>,
    passes: Vec<Pass>,
    /// What callers without a token get, where none was ever asked for one.
    anonymous: Option<Pass>,
}

impl Tokens {
    /// Without holders the door is open to everybody.
    pub fn read(holders: Vec<Holder>) -> Result<Self, BadToken> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(List::read_strictly(holders)?))))
    }

    /// Reads the files again.
    ///
    /// A token whose file is empty or gone holds no longer: that is how one is taken away. One whose file cannot be read for
    /// another reason stays. Either is told of, the first if there are several.
    pub fn reload(&self) -> Result<(), BadToken> {
        let before = self.0.load_full();
        let (list, problems) = List::read(before.holders.clone(), Some(&before));
        self.put(list, &before);
        problems.into_iter().next().map_or(Ok(()), Err)
    }

    /// Reads other tokens without putting them in place: that is for [`Replacement::take_effect`], when all else is good too.
    ///
    /// A new token that is bad is an error. One that was there before is what [`reload`](Self::reload) would make of it, and its
    /// problem only told of: a token that was taken away must not keep a new configuration out.
    pub fn replacement(&self, holders: Vec<Holder>) -> Result<Replacement, BadToken> {
        let before = self.0.load_full();
        let (list, problems) = List::read(holders, Some(&before));
        let is_known = |it: &BadToken| before.knows_all(it, &list);
        let (problems, new): (Vec<_>, Vec<_>) = problems.into_iter().partition(is_known);
        let replacement = Replacement { tokens: self.clone(), list, problems };
        new.into_iter().next().map_or(Ok(replacement), Err)
    }

    /// What came in with a token that is no longer there, or in groups that are others now, ends.
    fn put(&self, list: List, before: &List) {
        let list = Arc::new(list);
        self.0.store(Arc::clone(&list));
        let gone = before.all().filter(|old| !list.all().any(|it| it.is(old)));
        gone.for_each(|it| it.revoked().cancel());
    }

    pub fn files(&self) -> Vec<PathBuf> {
        token_files(&self.0.load().holders)
    }

    pub fn is_empty(&self) -> bool {
        self.0.load().holders.is_empty()
    }

    /// Whether callers get in without a token.
    pub fn is_open(&self) -> bool {
        self.0.load().anonymous.is_some()
    }

    pub(super) fn anonymous(&self) -> Option<Pass> {
        self.0.load().anonymous.clone()
    }

    /// Compares with every token and takes the same time whichever fits.
    pub(super) fn pass(&self, token: &str) -> Option<Pass> {
        let digest = digest(token);
        let list = self.0.load();
        let mut found = None;
        for pass in &list.passes {
            if pass.opens_with(&digest) {
                found = Some(pass.clone());
            }
        }
        found
    }
}

/// Other tokens for a door, read and not yet in place.
pub struct Replacement {
    tokens: Tokens,
    list: List,
    problems: Vec<BadToken>,
}

impl Replacement {
    /// What is wrong with tokens that were there before.
    pub fn problems(&self) -> &[BadToken] {
        &self.problems
    }

    /// Puts the tokens in place. A door that was closed stays closed: without any token left, nobody gets in.
    pub fn take_effect(self) {
        let before = self.tokens.0.load_full();
        self.tokens.put(self.list, &before);
    }
}

impl List {
    fn read_strictly(holders: Vec<Holder>) -> Result<Self, BadToken> {
        let (list, problems) = Self::read(holders, None);
        problems.into_iter().next().map_or(Ok(list), Err)
    }

    /// Reads what can be read, and tells what cannot.
    fn read(holders: Vec<Holder>, before: Option<&Self>) -> (Self, Vec<BadToken>) {
        let (mut passes, mut problems) = (Vec::new(), Vec::new());
        for holder in &holders {
            match holder.source.digest(&holder.name) {
                Ok(digest) => match twin(&passes, &holder.name, &digest) {
                    Some(shared) => problems.push(shared),
                    None => passes.push(Self::known(before, holder, digest)),
                },
                Err(problem) => {
                    let stays = before.filter(|_| !problem.is_removal());
                    let held = stays.and_then(|it| it.held_by(&holder.name)?.digest());
                    passes.extend(held.map(|it| Self::known(before, holder, it)));
                    problems.push(problem);
                }
            }
        }
        let open = holders.is_empty() && before.is_none_or(|it| it.anonymous.is_some());
        let anonymous = open.then(|| {
            let known = before.and_then(|it| it.anonymous.clone());
            known.unwrap_or_else(Pass::anonymous)
        });
        (Self { holders, passes, anonymous }, problems)
    }

    /// The pass that this holder has for this token already, or a new one.
    fn known(before: Option<&Self>, holder: &Holder, digest: Digest) -> Pass {
        let held = before.and_then(|it| it.held_by(&holder.name));
        let held = held.filter(|it| it.opens_with(&digest) && it.is_of(holder));
        held.cloned().unwrap_or_else(|| Pass::of(holder, digest))
    }

    /// Whether all whom the problem is about had their token from the same place before.
    fn knows_all(&self, problem: &BadToken, now: &Self) -> bool {
        problem.holders().into_iter().all(|it| match (self.source_of(it), now.source_of(it)) {
            (Some(before), Some(now)) => before.is_same(now),
            _ => false,
        })
    }

    fn source_of(&self, name: &str) -> Option<&TokenSource> {
        self.holders.iter().find(|it| it.name == name).map(|it| &it.source)
    }

    fn held_by(&self, name: &str) -> Option<&Pass> {
        self.passes.iter().find(|it| &*it.caller().name == name)
    }

    fn all(&self) -> impl Iterator<Item = &Pass> {
        self.passes.iter().chain(&self.anonymous)
    }
}

/// Another holder of the same token.
fn twin(passes: &[Pass], name: &str, digest: &Digest) -> Option<BadToken> {
    let twin = passes.iter().find(|it| it.opens_with(digest))?;
    Some(BadToken::Shared { first: twin.caller().name.to_string(), second: name.to_owned() })
}
