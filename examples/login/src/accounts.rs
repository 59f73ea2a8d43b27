//! The accounts, which would be in the application's database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// An account, as far as the pages need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Number of the account.
    pub(crate) id: usize,
    /// Whether it was made by this login.
    pub(crate) is_new: bool,
}

/// All accounts, by phone number.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<HashMap<String, usize>>);

impl Accounts {
    /// Finds the account of a number that was proven, or makes one.
    ///
    /// Nobody looks for an account before that. So neither a page, nor a status, nor the time of a response tells which
    /// numbers have accounts.
    pub(crate) fn of(&self, phone: &str) -> Account {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = accounts.get(phone) {
            return Account { id: *id, is_new: false };
        }
        let id = accounts.len() + 1;
        accounts.insert(phone.to_owned(), id);
        Account { id, is_new: true }
    }
}
