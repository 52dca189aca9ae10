//! The modules that read what others write.

#![allow(dead_code, reason = "only what reads is called")]

#[path = "../../src/content.rs"]
pub mod content;
#[path = "../../src/nearest.rs"]
pub mod nearest;
#[path = "../../src/obi/mod.rs"]
pub mod obi;
#[path = "../../src/tree/mod.rs"]
pub mod tree;
