//! A short soak.

#[test]
fn after_twenty_thousand_scopes_the_process_holds_what_it_held_before() {
    let soaked = soak::soak(20_000).unwrap();
    println!("{soaked}");
    assert_eq!(soaked.bad, 200);
    assert!(soaked.differing().is_empty(), "{soaked}");
}
