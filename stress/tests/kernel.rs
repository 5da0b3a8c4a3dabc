//! The kernel's view of locked memory. Alone in its process, because it measures the process's locked memory.

use memguard::Session;
use memguard_stress::kernel::{locked_bytes, locked_memory};
use memguard_stress::ops::Content;

#[test]
fn the_kernel_sees_every_slot_and_every_byte_that_is_not_zero() -> Result<(), Box<dyn std::error::Error>> {
    let before = locked_memory()?;
    let session = Session::builder().rekey_interval(None).build()?;
    let new = locked_memory()?;
    let stated = || {
        let health = session.health();
        let (own, keys) = (health.footprint, health.key_pages);
        (own.slots + keys.slots, own.locked_bytes + keys.locked_bytes)
    };
    assert_eq!(new.mappings - before.mappings, stated().0);

    // A buffer of exactly one page has no canary, so only the secret can be other than zero.
    let page = rustix::param::page_size();
    let buffer = session.buffer(page)?;
    assert_eq!(locked_memory()?.not_zero, new.not_zero);
    buffer.with_data_mut(|bytes| bytes[page - 1] = 1)?;
    let used = locked_memory()?;
    assert_eq!((used.mappings, used.not_zero), (new.mappings + 1, new.not_zero + 1));
    assert_eq!(used.bytes - before.bytes, stated().1);
    assert_eq!(used.bytes, locked_bytes()?);

    buffer.with_data_mut(|bytes| Content::new(1, 1).fill(bytes))?;
    drop(buffer);
    assert_eq!(locked_memory()?.not_zero, new.not_zero, "the slot is wiped and stays in the pool");
    // Beyond 2048 slots, a session that may lock without limit has mappings with guards inside.
    let many: Vec<_> = (0..3000).map_while(|_| session.buffer(page).ok()).collect();
    many.last().map_or(Ok(()), |buffer| buffer.with_data_mut(|bytes| bytes[0] = 1))?;
    let shared = locked_memory()?;
    assert_eq!((shared.mappings - before.mappings, shared.bytes - before.bytes), stated());
    assert_eq!(shared.not_zero, new.not_zero + 1);
    drop(many);
    assert_eq!(locked_memory()?.not_zero, new.not_zero);
    drop(session);
    assert_eq!(locked_memory()?, before);
    Ok(())
}
