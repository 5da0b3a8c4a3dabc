//! What is known of a run that stalls or crashes: what the kernel says of each thread, and what each thread does.

pub mod crash;
pub(crate) mod crumbs;
mod kernel_thread;
mod mappings;
mod sink;

pub use kernel_thread::KernelThread;
