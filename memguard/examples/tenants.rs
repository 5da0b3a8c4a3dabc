//! Tenants. Each has a session of its own, with its own key, buffers and counters. A tenant that leaves does not touch
//! the others.
//!
//! Run it with `cargo run -p memguard --example tenants`.

use memguard::{Enclave, Error, Result, Session};
use std::collections::BTreeMap;

/// A tenant: its session, and its secrets by name.
struct Tenant {
    session: Session,
    secrets: BTreeMap<&'static str, Enclave>,
}

impl Tenant {
    fn new() -> Result<Self> {
        Ok(Self { session: Session::new()?, secrets: BTreeMap::new() })
    }

    fn keep(&mut self, name: &'static str, mut secret: Vec<u8>) -> Result<()> {
        let sealed = self.session.enclave(&mut secret)?; // `secret` is zero now
        self.secrets.insert(name, sealed);
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut tenants = BTreeMap::from([("acme", Tenant::new()?), ("globex", Tenant::new()?)]);
    for (name, tenant) in &mut tenants {
        tenant.keep("token", format!("the token of {name}").into_bytes())?;
        tenant.keep("password", format!("the password of {name}").into_bytes())?;
    }

    // No tenant can open what another has sealed.
    let foreign = tenants["acme"].secrets["token"].sealed();
    let stolen = tenants["globex"].session.enclave_from_sealed(foreign)?.open();
    assert_eq!(stolen.map(drop), Err(Error::KeyGone));

    // An alarm at one tenant wipes the secrets of that tenant.
    let in_use = tenants["acme"].secrets["token"].open()?;
    let report = tenants["acme"].session.purge();
    assert_eq!((report.wiped, in_use.is_alive()), (1, false));
    assert_eq!(tenants["acme"].secrets["token"].open().map(drop), Err(Error::KeyGone));

    // A tenant that leaves does not change the others.
    drop(tenants.remove("acme"));
    for (name, tenant) in &tenants {
        let token = tenant.secrets["token"].open()?;
        assert!(token.equals(format!("the token of {name}").as_bytes())?);
        let health = tenant.session.health();
        println!(
            "{name}: {} secrets, {} buffers open, {} purges",
            tenant.secrets.len(),
            health.live_buffers,
            health.purges
        );
    }
    Ok(())
}
