//! Whether a build has the cfg that its gate expects.

macro_rules! lost {
    ($cfg:literal) => {
        concat!(
            "`--cfg ",
            $cfg,
            "` did not reach the compiler, so nothing would be explored: RUSTFLAGS, ",
            "CARGO_ENCODED_RUSTFLAGS or a `rustflags` setting of cargo replaces it. ",
            "Unset that, or add `--cfg ",
            $cfg,
            "` to it."
        )
    };
}

/// The expectation `""` is that of a build that is no gate.
///
/// # Errors
/// What to do.
pub(crate) const fn verdict(expected: &str, has_loom: bool, has_shuttle: bool) -> Result<(), &'static str> {
    match (expected.as_bytes(), has_loom, has_shuttle) {
        (b"", ..) | (b"loom", true, _) | (b"shuttle", _, true) => Ok(()),
        (b"loom", ..) => Err(lost!("loom")),
        (b"shuttle", ..) => Err(lost!("shuttle")),
        _ => Err("MEMGUARD_EXPECTS is neither `loom` nor `shuttle`: unset it, or set it to the cfg of the gate."),
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn a_cfg_that_is_there_passes() {
        assert_eq!(verdict("loom", true, false), Ok(()));
        assert_eq!(verdict("shuttle", false, true), Ok(()));
    }

    #[test]
    fn a_build_that_is_no_gate_passes() {
        assert_eq!(verdict("", false, false), Ok(()));
        assert_eq!(verdict("", true, false), Ok(()));
    }

    #[test]
    fn a_lost_cfg_is_named() {
        assert!(verdict("loom", false, false).unwrap_err().contains("add `--cfg loom` to it"));
        assert!(verdict("shuttle", false, false).unwrap_err().contains("add `--cfg shuttle` to it"));
        assert!(verdict("loom", false, true).is_err(), "the cfg of another gate does not count");
    }

    #[test]
    fn an_unknown_expectation_is_refused() {
        assert!(verdict("lom", true, true).unwrap_err().contains("neither"));
    }
}
