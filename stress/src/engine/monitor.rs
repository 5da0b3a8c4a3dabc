//! What others see of a run, and how they end it early.

use super::heartbeats::Heartbeats;
use crate::diagnosis::KernelThread;
use memguard_lockdep::WaitGraph;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What others see of a run, and how they end it early. Its `Display` is what each thread does now.
///
/// ```
/// use memguard_stress::engine::Monitor;
/// assert!(Monitor::default().to_string().contains("no thread holds or waits for a lock"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Monitor {
    /// What each thread of the run does.
    pub heartbeats: Arc<Heartbeats>,
    /// Whether the run is to end early. Once set it stays so.
    pub interrupted: Arc<AtomicBool>,
}

impl fmt::Display for Monitor {
    /// Calls nothing of the library, because threads may hang in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "threads:")?;
        for heartbeat in self.heartbeats.active() {
            let (name, beats, doing) = (heartbeat.name(), heartbeat.beats(), heartbeat.doing());
            write!(f, "  {name}: {doing}, after {beats} completed operations")?;
            match heartbeat.thread().map(KernelThread::details) {
                Some(Ok(kernel)) => writeln!(f, "; {kernel}")?,
                Some(Err(error)) => writeln!(f, "; unknown to the kernel: {error}")?,
                None => writeln!(f, "; not yet started")?,
            }
        }
        writeln!(f, "which thread holds what and waits for what:")?;
        write!(f, "{}", WaitGraph::now())?;
        writeln!(f, "memory of the process, by the kernel:")?;
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let keys = ["VmLck:", "VmRSS:", "Threads:"];
        for line in status.lines().filter(|line| keys.iter().any(|key| line.starts_with(key))) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}
