//! When toasts are shown, and when they go away.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::toast::Toast;

impl Model {
    /// Shows a toast in place of the last one. One without buttons goes away by itself.
    pub(super) fn show_toast(&mut self, toast: Toast) -> Vec<Effect> {
        self.toasts += 1;
        let expires = toast.actions.is_empty().then_some(Effect::ExpireToast(self.toasts));
        self.toast = Some((self.toasts, toast));
        expires.into_iter().collect()
    }

    pub(super) fn close_toast(&mut self) -> Vec<Effect> {
        self.toast = None;
        Vec::new()
    }

    /// Closes the toast with this number, unless another one took its place.
    pub(super) fn expire_toast(&mut self, number: u64) -> Vec<Effect> {
        self.toast.take_if(|(shown, _)| *shown == number);
        Vec::new()
    }
}
