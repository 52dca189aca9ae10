//! Which objects, with kind and namespace said once, and within the room that there is for it.

use crate::toolsets::kubernetes::{address::Address, few::many};

/// Of all names together, in bytes: fifty of the longest that Kubernetes has, and their kinds.
const ROOM: usize = 3_600;

/// Tells of objects until there is no room any more.
pub(super) struct Told {
    room: usize,
}

impl Default for Told {
    fn default() -> Self {
        Self { room: ROOM }
    }
}

impl Told {
    /// `configmaps a, b in namespace shop, service/front in namespace shop and 7 more`
    pub(super) fn of(&mut self, objects: &[&Address]) -> String {
        let told: Vec<(String, usize)> =
            groups(objects).iter().filter_map(|it| self.group(it)).collect();
        let more = objects.len() - told.iter().map(|it| it.1).sum::<usize>();
        let text = told.into_iter().map(|it| it.0).collect::<Vec<_>>().join(", ");
        match more {
            0 => text,
            _ if text.is_empty() => many(objects.len(), "object"),
            more => format!("{text} and {more} more"),
        }
    }

    /// As many as there is room for, and how many that are; none if it is none.
    fn group(&mut self, objects: &[&Address]) -> Option<(String, usize)> {
        let first = objects.first()?;
        if objects.len() == 1 {
            let text = first.to_string();
            return self.take(&text).then_some((text, 1));
        }
        let kind = first.resource.full_name();
        let place = first.namespace.as_ref().map(|it| format!(" in namespace {it}"));
        let place = place.unwrap_or_default();
        if !self.take(&format!("{kind}{place}")) {
            return None;
        }
        let names = objects.iter().map(|it| it.name.as_str());
        let names: Vec<&str> = names.take_while(|it| self.take(it)).collect();
        let text = format!("{kind} {}{place}", names.join(", "));
        (!names.is_empty()).then_some((text, names.len()))
    }

    fn take(&mut self, text: &str) -> bool {
        let left = self.room.checked_sub(text.len() + ", ".len());
        self.room = left.unwrap_or_default();
        left.is_some()
    }
}

/// Those of one kind in one namespace together, in the order in which they come.
fn groups<'a>(objects: &[&'a Address]) -> Vec<Vec<&'a Address>> {
    let mut groups: Vec<Vec<&Address>> = Vec::new();
    for object in objects {
        let is_of =
            |it: &Address| it.resource == object.resource && it.namespace == object.namespace;
        match groups.iter_mut().find(|it| it.first().is_some_and(|it| is_of(it))) {
            Some(group) => group.push(object),
            None => groups.push(vec![object]),
        }
    }
    groups
}
