//! Dropping a value in a model. This is the one place that asks whether the execution was given up.

/// What a value does when it is dropped. Use it with [`impl_drop!`] for everything whose end reaches a lock, an atomic
/// or a thread of [`sync`](crate::sync).
pub(crate) trait OnDrop {
    /// Called by `drop`, except in an execution of a model that was given up. There, the value may touch nothing of the
    /// checker.
    fn on_drop(&mut self);
}

/// Implements `Drop` by [`OnDrop`].
macro_rules! impl_drop {
    (<$param:ident> $type:ty) => {
        $crate::sync::impl_drop! { @ [<$param>] $type }
    };
    (@ [$($generics:tt)*] $type:ty) => {
        impl $($generics)* Drop for $type {
            #[inline]
            fn drop(&mut self) {
                if !$crate::sync::leaf::abandoned() {
                    $crate::sync::OnDrop::on_drop(self);
                }
            }
        }
    };
    ($type:ty) => {
        $crate::sync::impl_drop! { @ [] $type }
    };
}
pub(crate) use impl_drop;
