use std::{any::Any, panic};

/// Has panics told of in the log, with their place.
///
/// Words that stand in the program are told as well. Others may quote what the program stumbled over, and are left to whoever
/// catches the panic and can redact them: a hook must not do anything that could panic itself.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, words = fixed_words(panic.payload()), "a bug: panicked");
    }));
}

fn fixed_words(panic: &(dyn Any + Send)) -> Option<&'static str> {
    panic.downcast_ref::<&'static str>().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_stand_in_the_program_are_told() {
        let words = |panic: fn()| fixed_words(panic::catch_unwind(panic).unwrap_err().as_ref());
        assert_eq!(words(|| panic!("a plain bug")), Some("a plain bug"));
        assert_eq!(words(|| panic!("{} quoted", std::hint::black_box("a secret"))), None);
    }
}
