//! The managers of recorded scenarios and of cases as ones that await; the crate `conformance` plays those.

use crate::plugin;

#[test]
fn it_offers_the_same_managers_as_the_one_that_does_not() {
    let [awaits, does_not] = [programs::SCRIPTED_AWAITS, programs::SCRIPTED].map(plugin);
    assert!(awaits.managers().eq(does_not.managers()));
    assert!(awaits.awaits() && !does_not.awaits());
}
