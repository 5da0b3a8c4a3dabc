//! Properties: programs of each family keep every guarantee, and the fuzz targets' oracles take any bytes. proptest
//! draws and shrinks the inputs.
//!
//! A program that fails is printed as a test. proptest keeps its seed in `stress/tests/proptest-regressions/` and runs
//! it first from then on. Commit that file.

mod strategies;

use memguard_stress::{ops::Program, oracles};
use proptest::prelude::*;
use std::panic::catch_unwind;
use strategies::{Family, config, programs};

fn keeps_every_guarantee(program: &Program) -> Result<(), TestCaseError> {
    program.run().map_err(|violation| TestCaseError::fail(format!("{violation}\n\n{}", program.to_code())))
}

/// Runs an oracle whose input is not a program.
fn takes(name: &str, oracle: fn(&[u8]), input: &[u8]) -> Result<(), TestCaseError> {
    let broken = |_| {
        TestCaseError::fail(format!(
            "as a test:\n\n#[test]\nfn found() {{\n    memguard_stress::oracles::{name}(&{input:?});\n}}"
        ))
    };
    catch_unwind(|| oracle(input)).map_err(broken)
}

proptest! {
    #![proptest_config(config())]

    /// `buffer_ops`
    #[test]
    fn buffers(program in programs(Family::Buffers)) {
        keeps_every_guarantee(&program)?;
    }

    /// `stream_ops`
    #[test]
    fn streams(program in programs(Family::Streams)) {
        keeps_every_guarantee(&program)?;
    }

    /// `typed_views`
    #[test]
    fn views(program in programs(Family::Views)) {
        keeps_every_guarantee(&program)?;
    }

    /// `readers`
    #[test]
    fn readers(program in programs(Family::Readers)) {
        keeps_every_guarantee(&program)?;
    }

    /// `registry_ops`
    #[test]
    fn registry(program in programs(Family::Registry)) {
        keeps_every_guarantee(&program)?;
    }

    /// `fault_plan`
    #[test]
    fn faults(program in programs(Family::Faults)) {
        keeps_every_guarantee(&program)?;
    }

    /// `enclave_tamper`
    #[test]
    fn tampered_enclaves(input in proptest::collection::vec(any::<u8>(), 0..120)) {
        takes("tampered_enclave", oracles::tampered_enclave, &input)?;
    }

    /// `layout`
    #[test]
    fn layouts(input in proptest::collection::vec(any::<u8>(), 0..40)) {
        takes("layout", oracles::layout, &input)?;
    }

    /// The fuzz targets' oracles take any bytes.
    #[test]
    fn any_bytes_are_a_program(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        let families = [
            oracles::buffer_ops,
            oracles::stream_ops,
            oracles::typed_views,
            oracles::readers,
            oracles::registry_ops,
            oracles::fault_plan,
        ];
        families.iter().for_each(|family| family(&input));
        oracles::in_program(&Program::decode(&input));
    }
}

/// A failure shrinks to the smallest program. In this test a program "fails" if it destroys a buffer inside an access.
/// `model-tests/seeded-bugs` has bugs of the library.
#[test]
fn what_is_found_shrinks() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { failure_persistence: None, ..config() });
    let fails = |program: &Program| format!("{program:?}").contains("ops: [Destroy");
    let found = runner.run(&programs(Family::Buffers), |program| {
        prop_assert!(!fails(&program));
        Ok(())
    });
    let Err(proptest::test_runner::TestError::Fail(_, smallest)) = found else { panic!("not found: {found:?}") };
    assert!(smallest.steps.len() == 1 && fails(&smallest), "{smallest:#?}");
}
