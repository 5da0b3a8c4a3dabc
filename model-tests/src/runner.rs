//! Runs all models one after the other, and then the gate.

use crate::{Model, deeper, gate, record, replay};
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

/// The models of one file: the file's name, and each model with its own name.
pub type Family = (&'static str, Vec<(&'static str, fn(Model))>);

/// Runs the models that the command line names, as `cargo test` would. After a run of all models it runs the gate.
pub fn run(families: Vec<Family>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // lockdep counts for the whole process, so one model runs at a time.
    arguments.test_threads = Some(1);
    let named = |(family, models): Family| {
        models.into_iter().map(move |(name, model)| (format!("{family}.{name}"), model)).collect::<Vec<_>>()
    };
    let deeper = match deeper::asked(gate::refreshes()) {
        Ok(deeper) => deeper,
        Err(why) => {
            // memguard-expect reads the standard output of a list.
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let trials = families.into_iter().flat_map(named).map(|(name, model)| trial(name, model, deeper));
    let trials: Vec<Trial> = trials.collect();
    let (started, clock) = (SystemTime::now(), Instant::now());
    let conclusion = libtest_mimic::run(&arguments, trials);
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    if let Some(why) = replay::missed() {
        println!("{why}");
        return ExitCode::from(2);
    }
    let models = record::take();
    let left_out = conclusion.num_filtered_out + conclusion.num_ignored;
    if conclusion.has_failed() {
        println!("gate: skipped, because models failed");
        return conclusion.exit_code();
    }
    if left_out > 0 || models.is_empty() {
        println!("gate: skipped, and nothing refreshed, because {left_out} models did not run");
        return conclusion.exit_code();
    }
    if deeper > 0 {
        println!("gate: skipped, because the baseline is of the models' own bounds");
        return conclusion.exit_code();
    }
    gate::run(models, started, clock.elapsed())
}

fn trial(name: String, model: fn(Model), deeper: usize) -> Trial {
    Trial::test(name.clone(), move || {
        model(Model::new(name).deeper(deeper));
        Ok(())
    })
}
