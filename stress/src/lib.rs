//! Operations, oracles and scenarios that stress memguard.
