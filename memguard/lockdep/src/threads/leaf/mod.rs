//! What a thread is: one of the system, or one of a model. Both files have the same names.
//!
//! A model checker runs all threads of a model on one thread of the system. Those threads come and go with each
//! execution and run nothing at their end. So the checker does not tell them apart: all are of one crowd, of which any
//! two can run at the same time.

#[cfg(all(feature = "model-threads", any(loom, shuttle)))]
mod model;
#[cfg(all(feature = "model-threads", any(loom, shuttle)))]
pub(crate) use model::{CROWD, hidden, record, record_at_hand, set_record};

#[cfg(not(all(feature = "model-threads", any(loom, shuttle))))]
mod real;
#[cfg(not(all(feature = "model-threads", any(loom, shuttle))))]
pub(crate) use real::{CROWD, hidden, record, record_at_hand, set_record};
