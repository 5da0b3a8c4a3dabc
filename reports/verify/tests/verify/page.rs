//! The page for a browser.

use memguard_reports::render::verify_html;
use memguard_verify::Command::Shell;
use memguard_verify::Step;
use memguard_verify::steps::STEPS;

use crate::checkout::{Checkout, PASSED, step};

#[test]
fn the_page_has_a_row_for_each_step() {
    const GOOD: Step = Step { figures: &[PASSED], ..step("good", &[Shell("echo 'test result: ok. 3 passed'")]) };
    let steps = [GOOD, step("bad", &[Shell("echo '<b>wrong'; exit 1")]), step("later", &[Shell("true")])];
    let run = Checkout::new().run(&steps, false).run;
    let page = verify_html(&run).unwrap();
    for (name, state) in [("good", "pass"), ("bad", "fail"), ("later", "not run")] {
        let (_, row) = page.split_once(&format!("data-step=\"{name}\"")).expect("the step has a row");
        let (row, _) = row.split_once("</tr>").unwrap();
        assert!(row.contains(&format!(">{state}</td>")), "{row}");
        assert_eq!(row.contains(&format!("href=\"{name}.log\"")), state != "not run", "{row}");
    }
    for wanted in ["<html lang=\"en\">", "3 tests passed", "cargo verify --only bad", "&#60;b&#62;wrong", "<main "] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    for asking in ["http:", "https:", "src=", "@import", "url(", "<b>"] {
        assert!(!page.contains(asking), "{asking}");
    }
}

/// Steps that nobody asked for are on the page too, so that a quick run does not look like a whole one.
#[test]
fn a_step_that_nobody_asked_for_has_a_row() {
    let checkout = Checkout::new();
    let mut run = checkout.run(&[step("good", &[Shell("true")])], false).run;
    let rest = STEPS.iter().map(|step| {
        let mut unasked = run.steps[0].clone();
        unasked.name = step.name.to_owned();
        unasked.state = memguard_reports::verify::State::NotRun;
        unasked.asked_for = false;
        unasked
    });
    let steps: Vec<_> = run.steps.iter().cloned().chain(rest).collect();
    run.steps = steps;
    assert_eq!(run.verdict, run.computed_verdict());
    let page = verify_html(&run).unwrap();
    assert_eq!(page.matches("data-step=").count(), STEPS.len() + 1);
    assert!(page.contains(&format!("1 of 1 steps that were asked for passed; there are {}", STEPS.len() + 1)));
}
