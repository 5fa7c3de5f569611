//! The cache of the classic builder, and the removal of images.
//!
//! The classic builder takes the images of other builds as its cache and does not keep them from being removed. A build
//! that has found such an image fails if it is removed before the next step ("unknown parent image ID"). So no image is
//! removed while a build uses the cache, and a build does not use it while images are being removed or wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who uses the cache of an engine, and who removes images from it.
#[derive(Debug, Default)]
pub(super) struct ClassicCache(Mutex<Users>);

#[derive(Debug, Default)]
struct Users {
    /// Builds that use the cache.
    builds: usize,
    /// Removals of images that are in progress.
    removals: usize,
    /// A removal was put off. Builds that begin do without the cache until it was made up for, so that it is put off no
    /// longer than the builds that run now.
    is_removal_waiting: bool,
}

/// A build that uses the cache.
#[derive(Debug)]
pub(super) struct CacheUse(Arc<ClassicCache>);

/// A removal of an image.
#[derive(Debug)]
pub(super) struct ImageRemoval(Arc<ClassicCache>);

impl ClassicCache {
    fn lock(&self) -> MutexGuard<'_, Users> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a build. `None`: it must do without the cache.
    pub(super) fn use_cache(self: &Arc<Self>) -> Option<CacheUse> {
        let mut users = self.lock();
        if users.removals > 0 || users.is_removal_waiting {
            return None;
        }
        users.builds += 1;
        Some(CacheUse(self.clone()))
    }

    /// Begins the removal of an image. `None`: a build uses the cache, and the image must be removed later.
    pub(super) fn begin_removal(self: &Arc<Self>) -> Option<ImageRemoval> {
        let mut users = self.lock();
        users.is_removal_waiting = users.builds > 0;
        if users.is_removal_waiting {
            return None;
        }
        users.removals += 1;
        Some(ImageRemoval(self.clone()))
    }
}

impl Drop for CacheUse {
    fn drop(&mut self) {
        self.0.lock().builds -= 1;
    }
}

impl Drop for ImageRemoval {
    fn drop(&mut self) {
        self.0.lock().removals -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_image_is_removed_while_a_build_uses_the_cache() {
        let cache = Arc::new(ClassicCache::default());
        let (first, second) = (cache.use_cache(), cache.use_cache());
        assert!(first.is_some() && second.is_some() && cache.begin_removal().is_none());
        drop(first);
        assert!(cache.begin_removal().is_none());
        drop(second);
        let removal = cache.begin_removal();
        assert!(removal.is_some() && cache.use_cache().is_none());
        drop(removal);
        assert!(cache.use_cache().is_some());
    }

    #[test]
    fn a_removal_waits_for_the_builds_that_run_and_no_others() {
        let cache = Arc::new(ClassicCache::default());
        let running = cache.use_cache();
        assert!(cache.begin_removal().is_none());
        assert!(cache.use_cache().is_none(), "a removal waits");
        drop(running);
        assert!(cache.use_cache().is_none(), "it still waits");
        drop(cache.begin_removal());
        assert!(cache.use_cache().is_some());
    }
}
