//! The machine of a run.

use std::fs;
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const UNKNOWN: &str = "unknown";

/// The facts about the machine that the figures depend on. It names no host and no user, so a report can be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// The distribution by `/etc/os-release`, or the name of the operating system.
    pub os: String,
    /// Kernel release.
    pub kernel: String,
    /// The processor architecture that the program was compiled for.
    pub arch: String,
    /// Processor model.
    pub cpu_model: String,
    /// Cores this process may use, after affinity and cgroup quota; 0 if unknown.
    pub cores: usize,
    /// Installed memory in bytes; 0 if unknown.
    pub memory_bytes: u64,
    /// The `rustc` that is found at run time. In a checkout it is the one that built the program.
    pub rustc: String,
    /// `RLIMIT_MEMLOCK` of this process, soft and hard, in words. It limits how many pages can be locked.
    pub memlock_limit: String,
}

impl Host {
    /// Looks at the machine. It never fails: what it cannot find out is `"unknown"` or 0.
    pub fn detect() -> Self {
        Self {
            os: from_file("/etc/os-release", os_name).unwrap_or_else(|| std::env::consts::OS.to_owned()),
            kernel: or_unknown(from_file("/proc/sys/kernel/osrelease", non_empty)),
            arch: std::env::consts::ARCH.to_owned(),
            cpu_model: or_unknown(from_file("/proc/cpuinfo", cpu_model)),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_bytes: from_file("/proc/meminfo", memory_bytes).unwrap_or(0),
            rustc: or_unknown(rustc_version()),
            memlock_limit: or_unknown(from_file("/proc/self/limits", memlock_limit)),
        }
    }
}

fn or_unknown(found: Option<String>) -> String {
    found.unwrap_or_else(|| UNKNOWN.to_owned())
}

fn from_file<T>(path: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    read(&fs::read_to_string(path).ok()?)
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn os_name(os_release: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    non_empty(value.trim().trim_matches(['"', '\'']))
}

fn cpu_model(cpuinfo: &str) -> Option<String> {
    let (_, model) = cpuinfo.lines().find(|line| line.starts_with("model name"))?.split_once(':')?;
    non_empty(model)
}

fn memory_bytes(meminfo: &str) -> Option<u64> {
    let amount = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = amount.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

fn memlock_limit(limits: &str) -> Option<String> {
    let values = limits.lines().find_map(|line| line.strip_prefix("Max locked memory"))?;
    let mut values = values.split_whitespace().map(|value| match value {
        "unlimited" => value.to_owned(),
        bytes => format!("{bytes} bytes"),
    });
    let (soft, hard) = (values.next()?, values.next()?);
    Some(format!("{soft} soft, {hard} hard"))
}

fn rustc_version() -> Option<String> {
    let output = Command::new("rustc").arg("--version").stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| non_empty(&String::from_utf8_lossy(&output.stdout)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_distribution() {
        assert_eq!(os_name("ID=debian\nPRETTY_NAME=\"Debian 12\"\n").as_deref(), Some("Debian 12"));
        assert_eq!(os_name("PRETTY_NAME=\"\"\n"), None);
        assert_eq!(os_name("ID=debian\n"), None);
    }

    #[test]
    fn reads_the_first_processor() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC: x\nmodel name\t: other\n";
        assert_eq!(cpu_model(cpuinfo).as_deref(), Some("AMD EPYC: x"));
        assert_eq!(cpu_model("BogoMIPS\t: 50.00\n"), None);
    }

    #[test]
    fn reads_memory_in_bytes() {
        assert_eq!(memory_bytes("MemTotal:       24684092 kB\nMemFree: 1 kB\n"), Some(24_684_092 * 1024));
        assert_eq!(memory_bytes("MemTotal: lots\n"), None);
        assert_eq!(memory_bytes(&format!("MemTotal: {} kB\n", u64::MAX)), None, "must not wrap");
    }

    #[test]
    fn reads_both_memlock_limits() {
        let line = |values: &str| {
            format!(
                "Max processes 1 1 processes\nMax locked memory         {values}\n\
                 Max file locks unlimited unlimited locks\n"
            )
        };
        assert_eq!(
            memlock_limit(&line("8388608              unlimited            bytes")).as_deref(),
            Some("8388608 bytes soft, unlimited hard")
        );
        assert_eq!(memlock_limit("Max processes 1 1 processes\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn finds_what_every_linux_has() {
        let host = Host::detect();
        assert_ne!(host.kernel, UNKNOWN);
        assert_ne!(host.memlock_limit, UNKNOWN);
        assert!(host.memory_bytes > 0);
        assert!(host.cores > 0);
    }
}
