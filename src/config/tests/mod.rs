//! The configuration through its public door.

mod arbitrary;
mod example;
mod loading;
mod properties;
mod strictness;
