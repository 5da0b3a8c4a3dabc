//! What the kernel says of one thread.

use std::fmt;
use std::fs;
use std::io::{self, Error, ErrorKind};
use std::time::Duration;

/// What the kernel says of one thread of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelThread {
    /// Its state as `ps` shows it: `R` runs or could run, `S` sleeps, `D` sleeps and takes no signal.
    pub state: char,
    /// The CPU time that it has used.
    pub cpu: Duration,
    /// The function of the kernel in which it sleeps. Empty if it does not sleep or the kernel does not say it.
    pub sleeps_in: String,
    /// The number of the system call that it is in, if the kernel says it.
    pub call: Option<u32>,
}

impl KernelThread {
    /// Looks at the thread with this number. What stands in `wchan` and `syscall` is left out: see
    /// [`details`](Self::details).
    ///
    /// # Errors
    /// The error of reading `/proc`. A thread that has ended is not found.
    ///
    /// ```
    /// use memguard_stress::diagnosis::KernelThread;
    /// let own = KernelThread::of(std::process::id())?;
    /// assert!("RS".contains(own.state));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of(thread: u32) -> io::Result<Self> {
        let stat = read(thread, "stat")?;
        let (state, ticks) = parsed(&stat).ok_or_else(|| Error::new(ErrorKind::InvalidData, stat.clone()))?;
        // In nanoseconds, if this kernel counts them.
        let precise = read(thread, "schedstat").ok().and_then(|text| text.split(' ').next()?.parse().ok());
        let cpu = precise.map_or_else(
            || Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64),
            Duration::from_nanos,
        );
        Ok(Self { state, cpu, sleeps_in: String::new(), call: None })
    }

    /// Like [`of`](Self::of), and says where the thread sleeps.
    ///
    /// # Errors
    /// The error of reading `/proc`.
    ///
    /// ```
    /// use memguard_stress::diagnosis::KernelThread;
    /// println!("{}", KernelThread::details(std::process::id())?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn details(thread: u32) -> io::Result<Self> {
        let sleeps_in = read(thread, "wchan").unwrap_or_default();
        let sleeps_in = if sleeps_in == "0" { String::new() } else { sleeps_in };
        let call = read(thread, "syscall").ok().and_then(|text| text.split(' ').next()?.parse().ok());
        Ok(Self { sleeps_in, call, ..Self::of(thread)? })
    }

    /// Whether the thread runs or could run.
    ///
    /// ```
    /// use memguard_stress::diagnosis::KernelThread;
    /// let main = KernelThread::of(std::process::id())?;
    /// assert_eq!(main.is_runnable(), main.state == 'R');
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_runnable(&self) -> bool {
        self.state == 'R'
    }
}

impl fmt::Display for KernelThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state {}", self.state)?;
        if !self.sleeps_in.is_empty() {
            write!(f, " in {}", self.sleeps_in)?;
        }
        if let Some(call) = self.call {
            write!(f, ", system call {call}")?;
        }
        write!(f, ", {:.3} s of CPU time", self.cpu.as_secs_f64())
    }
}

fn read(thread: u32, file: &str) -> io::Result<String> {
    Ok(fs::read_to_string(format!("/proc/self/task/{thread}/{file}"))?.trim().to_owned())
}

/// The state and the CPU time in ticks. The name before them may hold any character.
fn parsed(stat: &str) -> Option<(char, u64)> {
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some((fields.first()?.chars().next()?, ticks(11)? + ticks(12)?))
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn a_name_with_parentheses_and_spaces_hides_nothing() {
        let stat = "42 (a) S (b) R 1 1 1 0 -1 4194304 1 0 0 0 700 30 0 0 20 0 1 0 5 1 1";
        assert_eq!(parsed(stat), Some(('R', 730)));
        assert_eq!(parsed("42 (a"), None);
    }
}
