//! The run as JUnit XML, which CI systems show: a test case for each scenario.

use memguard_reports::stress::{Scenario, Shortfall, StressRun};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The XML. An unfinished scenario is skipped, unless it broke a guarantee.
pub fn xml(run: &StressRun) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new("memguard-stress");
    suite.add_property(("seed", &*run.seed.to_string())).add_property(("commit", run.commit.as_str()));
    let unfinished = run.partial.as_ref().map_or(&[][..], |partial| &partial.unfinished);
    for scenario in &run.scenarios {
        suite.add_test_case(case(run, scenario, unfinished.contains(&scenario.name)));
    }
    for name in unfinished.iter().filter(|name| run.scenarios.iter().all(|scenario| scenario.name != **name)) {
        suite.add_test_case(TestCase::new(name.as_str(), TestCaseStatus::skipped()));
    }
    let mut report = Report::new("memguard-stress");
    report.add_test_suite(suite);
    report.to_string()
}

fn case(run: &StressRun, scenario: &Scenario, is_unfinished: bool) -> TestCase {
    let violations =
        scenario.violations.iter().map(|violation| format!("{}: {}", violation.guarantee, violation.message));
    let others = run.shortfalls().into_iter().filter_map(|shortfall| match &shortfall {
        Shortfall::NoOperations { scenario: of }
        | Shortfall::NotProvoked { scenario: of, .. }
        | Shortfall::NotQuiescent { scenario: of, .. } => (*of == scenario.name).then(|| shortfall.to_string()),
        _ => None,
    });
    let reasons: Vec<String> = violations.chain(others).collect();
    let status = match reasons.first() {
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(first.lines().next().unwrap_or_default()).set_description(reasons.join("\n"));
            status
        }
        None if is_unfinished => TestCaseStatus::skipped(),
        None => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(scenario.name.as_str(), status);
    case.set_time(Duration::try_from_secs_f64(scenario.duration_s).unwrap_or_default());
    case
}
