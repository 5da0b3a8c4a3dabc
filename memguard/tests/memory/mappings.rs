//! The limit on mappings (`vm.max_map_count`).

use crate::support::{alone, within_patience};
use memguard::{Buffer, Error, Freezing, Limit, MlockPolicy, Session};
use std::fs::read_to_string;

fn mappings() -> u64 {
    read_to_string("/proc/self/maps").unwrap().lines().count() as u64
}

/// VISIBLE, PROGRESS: the library takes mappings until a reserve is left. Refused calls are counted and name the limit.
/// The process goes on: it maps large blocks and starts threads. What is given back can be used again.
#[test]
fn the_process_keeps_a_reserve() {
    if !alone("memory::mappings::the_process_keeps_a_reserve") {
        return;
    }
    within_patience("mapping reserve", || {
        let max: u64 = read_to_string("/proc/sys/vm/max_map_count").unwrap().trim().parse().unwrap();
        // Buffers frozen in hardware take two mappings each, also where others share one.
        let builder = Session::builder().mlock(MlockPolicy::Prefer).freezing(Freezing::InHardware);
        let session = builder.rekey_interval(None).build().unwrap();
        let frozen = || session.buffer_from_bytes(&mut [7; 32]);
        let mut buffers = Vec::with_capacity(max as usize);
        let error = loop {
            match frozen() {
                Ok(buffer) => buffers.push(buffer),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Limit(Limit::Mappings { limit: Some(limit), .. }) if limit == max), "{error:?}");
        let left = max - mappings();
        assert!((max / 64 - 100..=max / 64 + 1000).contains(&left), "{left} of {max} mappings are left");
        let text = error.to_string();
        assert!(text.contains("vm.max_map_count") && text.contains(&format!("the last {}", max / 64)), "{text}");

        let before = session.health().degraded.limits_reached;
        assert!((0..500).all(|_| matches!(frozen(), Err(Error::Limit(Limit::Mappings { .. })))));
        assert!((0..500).all(|_| matches!(session.buffer(1 << 20), Err(Error::Limit(Limit::Mappings { .. })))));
        assert_eq!(session.health().degraded.limits_reached - before, 1000);

        let blocks: Vec<_> = (0..200).map(|_| vec![1_u8; 1 << 20]).collect();
        let threads: Vec<_> = (0..20).map(|_| std::thread::spawn(|| vec![1_u8; 1 << 20].len())).collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == blocks[0].len()));

        let end = buffers.len() - 100;
        buffers.truncate(end);
        buffers.extend((0..50).map(|_| frozen().unwrap()));
        assert!(buffers.iter().all(|buffer: &Buffer| buffer.equals(&[7; 32]).unwrap()));
    });
}
