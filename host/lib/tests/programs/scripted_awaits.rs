//! The manager of recorded scenarios that awaits; the crate `conformance` plays those.

use crate::plugin;

#[test]
fn it_offers_the_same_manager_as_the_one_that_does_not() {
    let [awaits, does_not] = [programs::SCRIPTED_AWAITS, programs::SCRIPTED].map(plugin);
    let scripted = does_not.managers().find(|manager| manager.name == "scripted");
    assert_eq!(awaits.managers().collect::<Vec<_>>(), scripted.as_slice());
    assert!(awaits.awaits() && !does_not.awaits());
}
