//! Which processes OBI would instrument with a configuration, and which rule decides.
//!
//! OBI says nothing of this: a process that no rule meets, or that is left out by default, leaves no line in its log. All of it but
//! [`Processes::below`] and [`Process::read`] is pure.

mod numbers;
mod pattern;
mod process;
mod selection;

pub use self::{
    process::{
        Arguments, Container, Executable, Language, Metadata, Process, Processes, Sockets, Tls,
    },
    selection::{Choice, Preview, RuleRef, Selection, preview},
};
