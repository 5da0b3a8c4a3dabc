//! The end of a value in a model: the one place that asks whether its execution was given up.

/// What a value does when it is dropped. Use it with [`impl_drop!`] for everything whose end reaches a lock, an atomic
/// or a thread of [`sync`](crate::sync).
pub(crate) trait OnDrop {
    /// Called by `drop`, except in an execution of a model that was given up: nothing of the checker may be touched
    /// there.
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
