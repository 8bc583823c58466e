//! What a fault is to say: [`Told`].

use ambit::{Failure, Fault, FaultKind, Phase};

use crate::cause::Cause;

/// What a fault of the hostile manager is to say: it names the manager, the phase and the cause.
#[derive(Debug)]
pub(crate) struct Told {
    phase: Phase,
    kind: FaultKind,
    /// What is in its words, one after the other.
    says: Vec<String>,
}

impl Told {
    /// The fault of a scope that did this.
    pub(crate) fn of(phase: Phase, kind: FaultKind, cause: Cause) -> Self {
        let names = format!("the manager `hostile` failed in its {phase}: ");
        Self { phase, kind, says: vec![names, cause.says().to_owned()] }
    }

    /// The fault of a scope that did nothing, and shared the store of one with that fault.
    pub(crate) fn of_another(other: &Self) -> Self {
        let phase = Phase::Exit;
        let names =
            format!("the manager `hostile` failed in its {phase}: the store that it shared was lost: ");
        let says = [names].into_iter().chain(other.says.iter().cloned()).collect();
        Self { phase, kind: FaultKind::Lost, says }
    }

    /// Checks that it is the only fault of a failure.
    pub(crate) fn check_only<R, E: Send + Sync + 'static>(&self, failure: &Failure<R, E>) {
        let faults: Vec<_> = failure.faults().collect();
        let [only] = faults[..] else { panic!("there are {} faults: {faults:?}", faults.len()) };
        self.check(only);
    }

    /// Checks a fault.
    pub(crate) fn check(&self, fault: &Fault) {
        assert_eq!(
            (fault.manager(), fault.phase(), fault.kind()),
            ("hostile", self.phase, self.kind),
            "{fault}"
        );
        let text = fault.to_string();
        let mut rest = &*text;
        for says in &self.says {
            let found = rest.split_once(says.as_str());
            rest = found.unwrap_or_else(|| panic!("{text:?} does not say {says:?} there")).1;
        }
        assert!(fault.stderr().len() <= 4096, "{} bytes of its stderr are kept", fault.stderr().len());
    }
}
