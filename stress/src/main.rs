//! Stresses memguard.
fn main() {}
