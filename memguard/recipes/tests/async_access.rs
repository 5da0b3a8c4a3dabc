//! The tasks of `async_access` come to their end.

use std::process::Command;

#[test]
fn every_way_works() {
    let output = Command::new(env!("CARGO_BIN_EXE_async_access")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let wanted = [
        "a result across .await: 32",
        "a buffer across .await: 32",
        "a wait elsewhere: 32",
        "the access gave up",
        "a short wait: 32",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
}
