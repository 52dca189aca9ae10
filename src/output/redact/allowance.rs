//! How much of what is packed or encoded within a text is looked into: a text can be made that unpacks to itself, or to more
//! than anybody has time for.

/// So often within each other things are unpacked or decoded.
const DEEPEST: u8 = 3;

/// Settings, logs and manifests become at most this many times as long, and a bomb becomes longer.
const TIMES: usize = 64;

/// The most bytes that one packed thing becomes, and that all in one text become together.
const LONGEST: usize = 4 * 1024 * 1024;
const LONGEST_IN_ALL: usize = 8 * 1024 * 1024;

/// What is left of that while one text is looked at, with all that is in it. What is beyond it is taken for secret.
#[derive(Debug)]
pub(super) struct Allowance {
    depth: u8,
    bytes: usize,
}

impl Allowance {
    /// For a text of that many bytes: many short ones together must not become too much either.
    pub(super) fn of_text(length: usize) -> Self {
        Self { depth: DEEPEST, bytes: length.saturating_mul(TIMES).min(LONGEST_IN_ALL) }
    }

    /// How many bytes something packed may become that has so many.
    pub(super) fn of_packed(&self, length: usize) -> usize {
        if self.depth == 0 {
            return 0;
        }
        length.saturating_mul(TIMES).min(LONGEST).min(self.bytes)
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// What a look one level further down finds; `None` if that is too deep.
    pub(super) fn deeper<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let depth = self.depth;
        self.depth = depth.checked_sub(1)?;
        let found = look(self);
        self.depth = depth;
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_below_is_spent_above() {
        let mut allowance = Allowance::of_text(100);
        assert_eq!(allowance.of_packed(1000), 6400);
        let below = allowance.deeper(|it| {
            it.spend(6000);
            it.deeper(|it| it.deeper(|it| (it.of_packed(1000), it.deeper(|_| ()))))
        });
        // Three levels down nothing is unpacked, and there is no fourth.
        assert_eq!(below, Some(Some(Some((0, None)))));
        assert_eq!(allowance.of_packed(1000), 400);
        allowance.spend(500);
        assert_eq!(allowance.of_packed(1000), 0);
    }

    #[test]
    fn no_text_is_so_long_that_more_is_unpacked() {
        let mut allowance = Allowance::of_text(usize::MAX);
        for left in [4 << 20, 4 << 20, 0] {
            assert_eq!(allowance.of_packed(usize::MAX), left);
            allowance.spend(left);
        }
    }
}
