//! The value as data. To write it takes the lock.

use super::{Mutex, ReentrantMutex, RwLock};
use lock_api::GetThreadId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl<R: lock_api::RawMutex, T: ?Sized + Serialize> Serialize for Mutex<R, T> {
    #[track_caller]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.lock().serialize(serializer)
    }
}

impl<'de, R: lock_api::RawMutex, T: Deserialize<'de>> Deserialize<'de> for Mutex<R, T> {
    #[track_caller]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized + Serialize> Serialize for ReentrantMutex<R, G, T> {
    #[track_caller]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.lock().serialize(serializer)
    }
}

impl<'de, R: lock_api::RawMutex, G: GetThreadId, T: Deserialize<'de>> Deserialize<'de> for ReentrantMutex<R, G, T> {
    #[track_caller]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<R: lock_api::RawRwLock, T: ?Sized + Serialize> Serialize for RwLock<R, T> {
    #[track_caller]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().serialize(serializer)
    }
}

impl<'de, R: lock_api::RawRwLock, T: Deserialize<'de>> Deserialize<'de> for RwLock<R, T> {
    #[track_caller]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}
