//! Follows a schedule that a failed run of `cargo deep` saved: `cargo replay FILE`. Exit codes: 0 it passes, 1 it fails
//! again, 2 the file has no schedule that can be followed to its end.

#[cfg(shuttle)]
fn main() -> std::process::ExitCode {
    use memguard_stress::deep::{Deep, Policy, mixed};
    use memguard_stress::thread::SavedSchedule;
    use std::path::Path;
    use std::process::ExitCode;

    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: cargo replay FILE");
        return ExitCode::from(2);
    };
    let saved = match SavedSchedule::read(Path::new(&file)) {
        Ok(saved) if saved.scenario() == "mixed" => saved,
        Ok(saved) => {
            eprintln!(
                "{} is a schedule of the scenario {}, which exists only in a test",
                file.display(),
                saved.scenario()
            );
            return ExitCode::from(2);
        }
        Err(error) => {
            eprintln!("{} cannot be read: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    let does_not_fit = || {
        eprintln!(
            "the code has changed since {} was saved, so the schedule does not fit: run cargo deep again",
            file.display()
        );
        ExitCode::from(2)
    };
    match Deep::new("replay", Policy::Random).replay(&saved, mixed) {
        Ok(passed) if passed.steps < saved.steps() => does_not_fit(),
        Ok(_) => {
            println!("{} passes now", file.display());
            ExitCode::SUCCESS
        }
        Err(failed) if failed.ended_early() => {
            println!("{} passes now: all its steps were followed, and none of them failed", file.display());
            ExitCode::SUCCESS
        }
        Err(failed) if failed.does_not_fit() => does_not_fit(),
        Err(failed) => {
            eprintln!("{}\n{}\n{}", failed.text, failed.waits, failed.code);
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(shuttle))]
fn main() -> std::process::ExitCode {
    eprintln!("this build has no shuttle, so it cannot follow a schedule: run `cargo replay FILE`");
    std::process::ExitCode::from(2)
}
