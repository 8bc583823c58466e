//! A short soak.

use soak::Kind;

#[test]
fn after_twenty_thousand_scopes_the_process_holds_what_it_held_before() {
    for kind in [Kind::Calls, Kind::Awaits] {
        let soaked = soak::soak(kind, 20_000).unwrap();
        println!("{kind:?}: {soaked}");
        assert_eq!(soaked.bad, 200);
        assert!(soaked.differing().is_empty(), "{kind:?}: {soaked}");
    }
}
