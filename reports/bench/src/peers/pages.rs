//! The bare system calls of a secret between guard pages, and the bare heap.

use crate::ours::BYTE;
use crate::work::Work;
use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags};
use secrecy::{ExposeSecret, SecretBox};

/// A mapping with a guard page at each end.
pub struct Pages {
    start: *mut std::ffi::c_void,
    data: usize,
    len: usize,
}

// SAFETY: the mapping belongs to this value, and no thread of another one uses it.
unsafe impl Send for Pages {}

impl Pages {
    /// Writable and locked pages with a secret of as many bytes.
    pub fn new(len: usize) -> Self {
        let page = rustix::param::page_size();
        let data = len.next_multiple_of(page);
        // SAFETY: a new private mapping. Only this value uses it.
        unsafe {
            let all = data + 2 * page;
            let start = rustix::mm::mmap_anonymous(std::ptr::null_mut(), all, ProtFlags::empty(), MapFlags::PRIVATE)
                .expect("there is memory");
            let pages = Self { start, data, len };
            let access = MprotectFlags::READ | MprotectFlags::WRITE;
            rustix::mm::mprotect(pages.data(), data, access).expect("the pages are mapped");
            rustix::mm::mlock(pages.data(), data).expect("the limit allows it");
            pages.data().cast::<u8>().write_bytes(BYTE, len);
            pages
        }
    }

    fn data(&self) -> *mut std::ffi::c_void {
        // SAFETY: the mapping has a page before its data.
        unsafe { self.start.byte_add(rustix::param::page_size()) }
    }

    /// Keeps the pages out of core dumps and children.
    pub fn advise(&self) {
        for advice in [Advice::LinuxDontDump, Advice::LinuxWipeOnFork] {
            // SAFETY: only this value uses the mapping, and the advice changes no byte.
            unsafe { rustix::mm::madvise(self.data(), self.data, advice) }.expect("the pages are mapped");
        }
    }

    fn freeze(&self) {
        // SAFETY: only this value uses the mapping.
        unsafe { rustix::mm::mprotect(self.data(), self.data, MprotectFlags::READ) }.expect("the pages are mapped");
    }

    fn melt(&self) {
        let access = MprotectFlags::READ | MprotectFlags::WRITE;
        // SAFETY: only this value uses the mapping.
        unsafe { rustix::mm::mprotect(self.data(), self.data, access) }.expect("the pages are mapped");
    }

    /// The secret.
    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the pages are mapped and writable, and `&mut self` excludes other references.
        unsafe { std::slice::from_raw_parts_mut(self.data().cast(), self.len) }
    }

    /// The last byte of the secret.
    pub fn last(&self) -> u64 {
        // SAFETY: the last byte of the data, which `new` wrote.
        u64::from(unsafe { self.data().cast::<u8>().add(self.len - 1).read_volatile() })
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: only this value uses the mapping, and it ends here. The pages are writable.
        unsafe {
            (0..self.len).for_each(|at| self.data().cast::<u8>().add(at).write_volatile(0));
            rustix::mm::munlock(self.data(), self.data).expect("the pages are mapped");
            rustix::mm::munmap(self.start, self.data + 2 * rustix::param::page_size()).expect("the pages are mapped");
        }
    }
}

/// Creates and destroys a secret.
pub fn create(len: usize) -> Work {
    Work::each(u64::from(BYTE), move || Pages::new(len).last())
}

/// The same on several threads.
pub fn create_on(threads: u64, len: usize) -> Work {
    Work::on_threads(threads, u64::from(BYTE), move || Pages::new(len).last())
}

/// Creates and destroys a secret of 32 bytes that is read-only.
pub fn create_read_only() -> Work {
    Work::each(u64::from(BYTE), || {
        let pages = Pages::new(32);
        pages.freeze();
        let last = pages.last();
        pages.melt();
        last
    })
}

/// Wipes and unmaps as many secrets of 32 bytes.
pub fn destroy(count: usize) -> Work {
    let prepare = move || (0..count).map(|_| Pages::new(32)).collect::<Vec<_>>();
    Work::prepared(count as u64, prepare, |all| all.drain(..).map(|pages| pages.last() / u64::from(BYTE)).sum())
}

/// secrecy: the heap, wiped, neither locked nor guarded.
pub fn heap() -> Work {
    Work::each(u64::from(BYTE), || {
        let secret = SecretBox::<[u8; 32]>::init_with(|| [BYTE; 32]);
        u64::from(std::hint::black_box(&secret).expose_secret()[31])
    })
}
