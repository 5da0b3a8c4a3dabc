//! Raises the bounds of models, for runs that have more time than CI.

use std::env;

/// By how much.
pub(crate) const VARIABLE: &str = "MEMGUARD_DEEPER";

/// How many preemptions more than its bound each bounded model may have. `refreshes`: the run becomes the baseline.
///
/// # Errors
/// What to set instead, if this is no number, or if the run refreshes.
pub(crate) fn asked(refreshes: bool) -> Result<usize, String> {
    let Some(value) = env::var_os(VARIABLE) else { return Ok(0) };
    let Some(number) = value.to_str().and_then(|value| value.parse().ok()) else {
        return Err(format!("{VARIABLE} is {value:?}: set how many preemptions to add to each bound, such as 1"));
    };
    if refreshes {
        return Err(format!("unset {VARIABLE}: the baseline is made within the models' own bounds"));
    }
    Ok(number)
}
