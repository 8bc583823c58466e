//! Guests for tests whose managers await: each example is a plugin, and shows one way to behave.
