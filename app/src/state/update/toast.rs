//! When toasts are shown, and when they go away.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::toast::Toast;

impl Model {
    /// Shows a toast in place of the last one. It goes away by itself.
    pub(super) fn show_toast(&mut self, toast: Toast) -> Vec<Effect> {
        self.toasts += 1;
        let effects = vec![Effect::ExpireToast { number: self.toasts, after_ms: toast.duration() }];
        self.toast = Some((self.toasts, toast));
        effects
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
