//! Dropping a value in a model. This is the one place that asks whether the execution was given up.

/// What a value does when it is dropped. Use it with [`impl_drop!`] for everything whose end reaches a lock, an atomic
/// or a thread of [`sync`](crate::sync).
pub(crate) trait OnDrop {
    /// Called by `drop`, except in an execution of a model that was given up. There, the value may touch nothing of the
    /// checker.
    fn on_drop(&mut self);
}

/// Implements `Drop` by [`OnDrop`] for a type, whose parameter is named behind it.
macro_rules! impl_drop {
    ($type:ty $(, $param:ident)?) => {
        impl $(<$param>)? Drop for $type {
            #[inline]
            fn drop(&mut self) {
                if !$crate::sync::leaf::abandoned() {
                    $crate::sync::OnDrop::on_drop(self);
                }
            }
        }
    };
}
pub(crate) use impl_drop;
