//! What should run as a stack unwinds: [`Expected`].

/// The entries of a stack: the last exits first.
#[derive(Debug, Default)]
pub(crate) struct Expected(Vec<Entry>);

#[derive(Debug)]
enum Entry {
    Function(Function),
    /// A scope, and the functions that are tied to it.
    Scope(Vec<Function>),
    Stack(Expected),
}

/// A function of the host's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    pub(crate) number: usize,
    pub(crate) panics: bool,
}

impl Expected {
    pub(crate) fn function(&mut self, function: Function) {
        self.0.push(Entry::Function(function));
    }

    pub(crate) fn scope(&mut self) {
        self.0.push(Entry::Scope(Vec::new()));
    }

    pub(crate) fn stack(&mut self, stack: Expected) {
        self.0.push(Entry::Stack(stack));
    }

    /// Ties a function to the scope that was entered last; false where there is none.
    pub(crate) fn tie(&mut self, function: Function) -> bool {
        let scope = self.0.iter_mut().rev().find_map(|entry| match entry {
            Entry::Scope(tied) => Some(tied),
            Entry::Function(_) | Entry::Stack(_) => None,
        });
        scope.is_some_and(|tied| {
            tied.push(function);
            true
        })
    }

    /// How many entries there are, those that are tied included.
    pub(crate) fn len(&self) -> usize {
        let each = |entry: &Entry| match entry {
            Entry::Scope(tied) => 1 + tied.len(),
            Entry::Function(_) | Entry::Stack(_) => 1,
        };
        self.0.iter().map(each).sum()
    }

    /// How many scopes there are, those of stacks in it included.
    pub(crate) fn scopes(&self) -> u64 {
        let each = |entry: &Entry| match entry {
            Entry::Scope(_) => 1,
            Entry::Stack(stack) => stack.scopes(),
            Entry::Function(_) => 0,
        };
        self.0.iter().map(each).sum()
    }

    /// Whether a function panics as it unwinds.
    pub(crate) fn panics(&self) -> bool {
        self.functions().iter().any(|function| function.panics)
    }

    /// The numbers of the functions that run, in order.
    pub(crate) fn order(&self) -> Vec<usize> {
        self.functions().iter().map(|function| function.number).collect()
    }

    fn functions(&self) -> Vec<Function> {
        let each = |entry: &Entry| match entry {
            Entry::Function(function) => vec![*function],
            Entry::Scope(tied) => tied.iter().rev().copied().collect(),
            Entry::Stack(stack) => stack.functions(),
        };
        self.0.iter().rev().flat_map(each).collect()
    }
}
