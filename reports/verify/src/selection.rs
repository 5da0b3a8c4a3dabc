//! Which steps run.

use crate::step::{Scope, Step};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only the steps of the quick run.
    pub quick: bool,
    /// Only these steps. Empty: all of the run.
    pub only: Vec<String>,
    /// The first step that runs.
    pub from: Option<String>,
}

impl Selection {
    /// For each step, whether it is asked for.
    ///
    /// # Errors
    /// What to do, if a name is that of no step, or of none of this run.
    pub fn of(&self, steps: &[Step]) -> Result<Vec<bool>, String> {
        let known = |name: &String| {
            steps
                .iter()
                .any(|step| step.name == name.as_str())
                .then_some(())
                .ok_or_else(|| format!("there is no step {name:?}; `cargo verify --list` has them all"))
        };
        self.only.iter().chain(&self.from).try_for_each(known)?;
        let in_run = |step: &Step| match step.scope {
            Scope::Both => true,
            Scope::Full => !self.quick,
            Scope::Quick => self.quick,
        };
        if let Some(from) = &self.from
            && !steps.iter().any(|step| step.name == from.as_str() && in_run(step))
        {
            let run = if self.quick { "the quick run" } else { "the full run" };
            return Err(format!("the step {from:?} does not belong to {run}; name another, or run it with --only"));
        }
        let mut begun = self.from.is_none();
        let asked_for = steps.iter().map(|step| {
            begun |= self.from.as_deref() == Some(step.name);
            if self.only.is_empty() { begun && in_run(step) } else { self.only.iter().any(|name| name == step.name) }
        });
        Ok(asked_for.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use crate::step::{Scope, Step};

    const STEPS: [Step; 4] = [
        Step { name: "format", scope: Scope::Both, ..Step::PLAIN },
        Step { name: "tidy", scope: Scope::Quick, ..Step::PLAIN },
        Step { name: "tests", scope: Scope::Full, ..Step::PLAIN },
        Step { name: "library", scope: Scope::Both, ..Step::PLAIN },
    ];

    fn names(quick: bool, only: &[&str], from: Option<&str>) -> Result<Vec<&'static str>, String> {
        let only = only.iter().map(|&name| name.to_owned()).collect();
        let asked_for = Selection { quick, only, from: from.map(str::to_owned) }.of(&STEPS)?;
        Ok(STEPS.iter().zip(asked_for).filter(|(_, asked)| *asked).map(|(step, _)| step.name).collect())
    }

    #[test]
    fn each_run_has_its_steps() {
        for (quick, only, from, expected) in [
            (false, &[][..], None, &["format", "tests", "library"][..]),
            (true, &[], None, &["format", "tidy", "library"]),
            (false, &[], Some("tests"), &["tests", "library"]),
            (true, &[], Some("tidy"), &["tidy", "library"]),
            (false, &["tidy"], None, &["tidy"]),
            // In the order of the steps, not in that of the command line.
            (false, &["library", "format"], None, &["format", "library"]),
        ] {
            assert_eq!(names(quick, only, from).unwrap(), expected, "{quick} {only:?} {from:?}");
        }
    }

    #[test]
    fn a_name_of_no_step_is_refused() {
        assert!(names(false, &["nosuch"], None).unwrap_err().contains("no step \"nosuch\""));
        assert!(names(false, &[], Some("nosuch")).unwrap_err().contains("--list"));
        assert!(names(true, &[], Some("tests")).unwrap_err().contains("the quick run"));
        assert!(names(false, &[], Some("tidy")).unwrap_err().contains("--only"));
    }
}
