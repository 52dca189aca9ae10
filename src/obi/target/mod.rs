//! Which processes OBI would instrument with a configuration, which rule decides, and why a process is not among them.
//!
//! OBI says nothing of this: a process that no rule meets, or that is left out by default, leaves no line in its log. All of it but
//! [`Processes::below`] and [`Process::read`] is pure.

mod explain;
mod numbers;
mod process;
mod selection;

pub use self::{
    explain::{Certainty, Facts, Fix, Reason, explain},
    process::{
        Arguments, Container, Executable, Language, Maker, Metadata, Process, Processes, Sockets,
        Tls,
    },
    selection::{Choice, Preview, RuleRef, Selection, preview},
};
