//! A pool of buffers. Reading thousands of files would otherwise spend its time on allocating memory.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// The most buffers that the pool keeps, and the largest of them in bytes.
const MAX_KEPT: usize = 8;
const MAX_KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes in memory that come from the pool.
#[derive(Default)]
pub struct Buffer {
    /// At least `len` bytes. It is never shortened, so that no byte is cleared twice.
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` bytes with arbitrary contents: write it before you read it.
    pub fn of(len: usize) -> Self {
        let fits = |kept: &Vec<u8>| kept.len() >= len && kept.len() / 8 <= len.max(MAX_KEPT << 10);
        let kept = POOL.with_borrow_mut(|pool| Some(pool.swap_remove(pool.iter().position(fits)?)));
        Buffer { bytes: kept.unwrap_or_else(|| vec![0; len]), len }
    }
}

impl From<&[u8]> for Buffer {
    fn from(bytes: &[u8]) -> Self {
        let mut buffer = Buffer::of(bytes.len());
        buffer.copy_from_slice(bytes);
        buffer
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() || bytes.capacity() > MAX_KEPT_BYTES {
            return;
        }
        // The pool of a thread that ends is gone.
        let _ = POOL.try_with(|pool| {
            if let Ok(mut pool) = pool.try_borrow_mut()
                && pool.len() < MAX_KEPT
            {
                pool.push(bytes);
            }
        });
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    #[test]
    fn a_buffer_has_the_length_that_was_asked_for_whatever_was_in_it_before() {
        for len in [10, 3, 0, 20] {
            let mut buffer = Buffer::of(len);
            buffer.fill(7);
            assert_eq!(buffer.len(), len);
        }
        assert_eq!(&*Buffer::from(&[5, 6][..]), [5, 6]);
    }
}
