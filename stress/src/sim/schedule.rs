//! Draws schedules. No way of drawing finds every bug, so there are several.

use crate::ops::Choices;

/// How many decisions a schedule has at most. After them each thread runs until it has to wait.
const LENGTHS: [usize; 5] = [4, 16, 64, 256, 1024];

/// Draws a schedule. The upper three bits of a byte are the length of a turn: see
/// [`ByteSchedule`](crate::thread::ByteSchedule).
pub(super) fn draw(choices: &mut Choices) -> Vec<u8> {
    let most = choices.pick(&LENGTHS);
    let length = 1 + choices.below(most);
    // Turns of one or two steps, of any length, or long ones with few preemptions.
    let turns: &[u8] = choices.pick(&[&[0, 1], &[0, 1, 2, 3, 4, 5, 6, 7], &[5, 6, 7]]);
    (0..length).map(|_| choices.pick(turns) << 5 | choices.below(32) as u8).collect()
}
