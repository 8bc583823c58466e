//! How authors name the kinds of an error: [`Kinds`].

/// A path of kinds, most specific first: one name, or several.
pub trait Kinds {
    /// The names.
    fn into_path(self) -> Vec<String>;
}

impl Kinds for &str {
    fn into_path(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl Kinds for String {
    fn into_path(self) -> Vec<String> {
        vec![self]
    }
}

impl<S: Into<String>, const N: usize> Kinds for [S; N] {
    fn into_path(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<String>> Kinds for Vec<S> {
    fn into_path(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: AsRef<str>> Kinds for &[S] {
    fn into_path(self) -> Vec<String> {
        self.iter().map(|each| each.as_ref().to_owned()).collect()
    }
}
