//! What a forked child does first.

/// Has each thread that forks look at every chain again in the child, because the graph of the child is empty. To be
/// called once.
pub(crate) fn expect_forks() {
    #[cfg(unix)]
    {
        extern "C" fn in_child() {
            if let Some(record) = super::own::record_at_hand() {
                record.outdate();
            }
        }
        // SAFETY: the handler adds to one atomic of a record that lives for ever, which a child may do.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}
