//! Packed pages: many small secrets on one page.
//!
//! ```text
//!   | guard page | secret c secret c secret c … secret canary | guard page |
//! ```
//!
//! One byte of canary (`c`) lies between two neighbours, more behind the last one, and the slack of a secret shorter than its
//! class is canary too. Canary bytes are never zero, so that a stray terminating zero is seen.

use crate::memory::page::Mapping;
use crate::memory::slot::Canary;
use crate::memory::store::shelf::Divided;
use std::ptr::NonNull;

/// How secrets are spread over pages.
///
/// ```
/// use memguard::{Isolation, Session};
/// let session = Session::builder().isolation(Isolation::Packed).build()?;
/// let tokens = (0..1000).map(|_| session.buffer_random(32)).collect::<Result<Vec<_>, _>>()?;
/// assert!(session.health().footprint.data_bytes < 1000 * 32 * 2);
/// # drop(tokens);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Every secret has pages of its own between guard pages, and freezing is enforced in hardware. The default.
    #[default]
    Page,
    /// Secrets of less than a quarter of a page share pages, about 124 of 32 bytes on a page of 4096; longer ones have pages of
    /// their own. For processes with thousands of secrets.
    ///
    /// What it gives up: an overrun into a neighbour does not fault; it is found, as [`Error::Corrupted`](crate::Error::Corrupted), when
    /// either neighbour is destroyed, and the page is then withdrawn. Freezing is a mark that this library heeds, not a
    /// protection of the page. A wiped place stays on a mapped page until its neighbours are gone too.
    Packed,
    /// As [`Page`](Self::Page), and concealed at rest: while no thread is inside a buffer, its pages allow no access at all, so a
    /// stray read faults too. The first thread to enter reveals them and the last one to leave conceals them. That costs two
    /// system calls, and more in a process with many threads.
    ///
    /// Pages that the system does not let conceal again are counted in `Degraded::unconcealed`. The session's key is kept split, not
    /// concealed.
    ///
    /// ```
    /// use memguard::{Isolation, Session};
    /// let session = Session::builder().isolation(Isolation::Concealed).build()?;
    /// let secret = session.buffer_from_bytes(&mut [1, 2, 3])?; // PROT_NONE from here
    /// assert!(secret.equals(&[1, 2, 3])?); // readable inside, and PROT_NONE again
    /// # Ok::<(), memguard::Error>(())
    /// ```
    Concealed,
}

/// The size classes of packed secrets for one page size.
#[derive(Debug)]
pub(in crate::memory) struct Classes {
    page_size: usize,
    /// Ascending.
    sizes: Vec<usize>,
}

impl Classes {
    /// No classes at all for [`Isolation::Page`].
    pub(in crate::memory) fn new(isolation: Isolation, page_size: usize) -> Self {
        let mut sizes = Vec::new();
        if isolation == Isolation::Packed {
            // Four places with their canaries fill a page.
            let largest = page_size / 4 - 1;
            let mut size: usize = 8;
            while size < largest {
                sizes.push(size);
                // Four steps to each doubling: at most a quarter of a place is slack.
                size += ((1 << size.ilog2()) / 4).max(8);
            }
            sizes.push(largest);
        }
        Self { page_size, sizes }
    }

    pub(in crate::memory) fn count(&self) -> usize {
        self.sizes.len()
    }

    /// The smallest class that holds `len` bytes.
    pub(in crate::memory) fn of(&self, len: usize) -> Option<usize> {
        let class = self.sizes.partition_point(|&size| size < len);
        (class < self.sizes.len()).then_some(class)
    }

    /// Where a place of this class lies.
    pub(in crate::memory) fn geometry(&self, class: usize, at: u16) -> Geometry {
        let size = self.sizes.get(class).copied().unwrap_or_default();
        let stride = size + 1;
        let offset = usize::from(at) * stride;
        let last = offset + 2 * stride > self.page_size;
        Geometry { offset, size, behind: if last { self.page_size - offset - size } else { 1 } }
    }

    /// A page laid out for the class: all zero but for the canary.
    pub(in crate::memory) fn lay_out(&self, class: usize, mapping: Mapping, canary: &Canary) -> PackedPage {
        let page = PackedPage { size: self.sizes.get(class).copied().unwrap_or(1), mapping };
        let stride = page.stride();
        let places = usize::from(page.places()) * stride;
        for offset in (page.size..places).step_by(stride).chain(places..self.page_size) {
            // SAFETY: the mapping is one writable page that belongs to the caller alone, and the offset lies inside.
            unsafe { page.mapping.base.add(offset).write(canary.at(offset)) };
        }
        page
    }
}

/// One page of places of one size.
#[derive(Debug)]
pub(in crate::memory) struct PackedPage {
    pub(in crate::memory) mapping: Mapping,
    size: usize,
}

/// Where a place lies on its page.
#[derive(Clone, Copy, Debug)]
pub(in crate::memory) struct Geometry {
    /// From the start of the page, in bytes.
    pub(in crate::memory) offset: usize,
    pub(in crate::memory) size: usize,
    /// How many bytes of canary follow. One precedes, unless the place is the first.
    pub(in crate::memory) behind: usize,
}

impl PackedPage {
    pub(in crate::memory) fn places(&self) -> u16 {
        u16::try_from(self.mapping.len / self.stride()).unwrap_or(u16::MAX)
    }

    fn stride(&self) -> usize {
        self.size + 1
    }
}

impl Divided for PackedPage {
    fn place(&self, at: u16) -> (NonNull<u8>, usize) {
        // SAFETY: the shelf hands out places below `places`, which all lie inside the page.
        let start = unsafe { self.mapping.base.add(usize::from(at) * self.stride()) };
        (start, self.size)
    }
}
