/// What became of the old keys, in the order in which they were met.
#[derive(Default)]
pub(super) struct Notes(Vec<String>);

impl Notes {
    pub(super) fn moved(&mut self, from: &str, to: &str) {
        self.say(format!("{from} is now {to}"));
    }

    pub(super) fn left_out(&mut self, key: &str, reason: &str) {
        self.say(format!("{key} is left out: {reason}"));
    }

    pub(super) fn say(&mut self, note: String) {
        self.0.push(note);
    }
}

impl From<Notes> for Vec<String> {
    fn from(notes: Notes) -> Self {
        notes.0
    }
}
