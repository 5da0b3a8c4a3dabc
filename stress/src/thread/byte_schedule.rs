//! A schedule as bytes, so that a fuzzer can write one. The bytes say which thread makes the next step.

/// The lengths of a turn, in steps. Most are small, because a bug needs few steps in the right places.
const LENGTHS: [u32; 8] = [1, 2, 3, 5, 8, 13, 21, 55];

/// A schedule that is read from bytes.
///
/// Each byte is one decision: which of the runnable threads runs, and for how many steps. The turn ends early if the
/// thread has to wait or yields. So most bytes are a preemption, and a few bytes are enough for many steps. After the
/// last byte the running thread goes on. When it has to wait or yields, the next thread in order runs.
///
/// ```
/// use memguard_stress::thread::ByteSchedule;
/// let mut schedule = ByteSchedule::new(&[0x01, 0x20]);
/// assert_eq!(schedule.next(&[0, 1], Some(0), false), 1); // 0x01: the second runnable thread, for one step
/// assert_eq!(schedule.next(&[0, 1], Some(1), false), 0); // 0x20: the first one, for two steps
/// assert_eq!(schedule.next(&[0, 1], Some(0), false), 0);
/// assert_eq!(schedule.next(&[0, 1], Some(0), false), 0); // No byte is left, so it goes on
/// assert_eq!(schedule.next(&[0, 1], Some(0), true), 1); // until it yields.
/// ```
#[derive(Clone, Debug)]
pub struct ByteSchedule {
    /// What is left, the next byte last.
    bytes: Vec<u8>,
    /// How many more steps the thread that runs makes before the next decision.
    steps: u32,
}

impl ByteSchedule {
    /// Reads a schedule from these bytes. Any bytes are valid.
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.iter().rev().copied().collect(), steps: 0 }
    }

    /// The thread that makes the next step. It is one of `runnable`, which is in ascending order and not empty.
    /// `current` made the last step. `is_yielding` says whether it yields.
    pub fn next(&mut self, runnable: &[usize], current: Option<usize>, is_yielding: bool) -> usize {
        let goes_on = current.filter(|current| !is_yielding && runnable.contains(current));
        if let &[only] = runnable {
            // No choice, so no byte is spent on it.
            self.steps = self.steps.saturating_sub(1);
            return only;
        }
        if let (Some(current), 1..) = (goes_on, self.steps) {
            self.steps -= 1;
            return current;
        }
        match self.bytes.pop() {
            Some(byte) => {
                self.steps = LENGTHS[usize::from(byte >> 5)] - 1;
                runnable[usize::from(byte % 32) % runnable.len()]
            }
            None => goes_on.unwrap_or_else(|| next_in_order(runnable, current)),
        }
    }

    /// The next number that the execution draws: the next byte, spread over all bits.
    pub fn number(&mut self) -> u64 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        u64::from(self.bytes.pop().unwrap_or_default()).wrapping_mul(ODD)
    }
}

fn next_in_order(runnable: &[usize], current: Option<usize>) -> usize {
    let later = runnable.iter().find(|&&thread| current.is_none_or(|current| thread > current));
    *later.unwrap_or(&runnable[0])
}

#[cfg(test)]
mod tests {
    use super::ByteSchedule;

    #[test]
    fn no_choice_costs_no_byte() {
        let mut schedule = ByteSchedule::new(&[1]);
        assert_eq!(schedule.next(&[7], None, false), 7);
        assert_eq!(schedule.next(&[3, 7], Some(7), false), 7, "the second of two");
    }

    #[test]
    fn a_turn_ends_early_when_the_thread_waits_or_yields() {
        for is_yielding in [false, true] {
            let mut schedule = ByteSchedule::new(&[0b111_00000, 2]);
            assert_eq!(schedule.next(&[0, 1, 2], Some(0), false), 0);
            let runnable: &[usize] = if is_yielding { &[0, 1, 2] } else { &[1, 2, 3] };
            assert_eq!(schedule.next(runnable, Some(0), is_yielding), runnable[2]);
        }
    }

    #[test]
    fn without_bytes_each_thread_has_a_turn() {
        let mut schedule = ByteSchedule::new(&[]);
        let mut current = None;
        for thread in [0, 2, 5, 0, 2, 5] {
            current = Some(schedule.next(&[0, 2, 5], current, true));
            assert_eq!(current, Some(thread));
        }
    }
}
