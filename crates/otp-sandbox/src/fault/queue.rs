//! The injected faults of one provider, first in, first out.

use std::collections::VecDeque;

use super::Fault;

/// Faults that wait for the next requests, each with the number of requests it still disturbs.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(VecDeque<(Fault, usize)>);

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: Fault, times: usize) {
        if times > 0 {
            self.0.push_back((fault, times));
        }
    }

    /// Takes the fault for the next request.
    pub(crate) fn pop(&mut self) -> Option<Fault> {
        let (fault, left) = self.0.front_mut()?;
        *left -= 1;
        if *left > 0 {
            return Some(fault.clone());
        }
        self.0.pop_front().map(|(fault, _)| fault)
    }

    pub(crate) fn all(&self) -> Vec<(Fault, usize)> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
