//! Guests for tests: each example is a plugin, and shows one way to behave.
