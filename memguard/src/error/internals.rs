//! Compares the names in errors with the classes and sites of the module `sync`. For tests and tools.

use super::names::{LockName, SiteName};
use crate::sync::{Class, Site};

impl From<Class> for LockName {
    fn from(class: Class) -> Self {
        Self::of(class)
    }
}

impl From<Site> for SiteName {
    fn from(site: Site) -> Self {
        Self::of(site)
    }
}

impl PartialEq<Class> for LockName {
    fn eq(&self, class: &Class) -> bool {
        self.0 == *class
    }
}

impl PartialEq<Site> for SiteName {
    fn eq(&self, site: &Site) -> bool {
        self.0 == *site
    }
}
