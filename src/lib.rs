//! Tacklebox.
