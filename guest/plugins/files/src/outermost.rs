//! A path that leads through the outermost grant.

use std::path::{Path, PathBuf};

use ambit_guest::grants::{contains, granted, inside};

/// The path, spelled so that WASI looks it up from the outermost granted directory that contains it.
///
/// It would take the nearest, by the path's text. That one is lost as soon as somebody removes it: what is made there again
/// is another directory, which the grant does not lead to. Where nothing but one grant is on the way, or another grant has
/// been given a name that is not its own, the path stays as it is.
#[must_use]
pub fn outermost(path: &Path) -> PathBuf {
    respelled(path, &granted(), is_same).unwrap_or_else(|| path.to_owned())
}

/// `is_same` tells whether a path in an outer grant is what an inner one leads to.
fn respelled(
    path: &Path,
    granted: &[PathBuf],
    is_same: impl Fn(&Path, &Path, &Path) -> bool,
) -> Option<PathBuf> {
    let around = granted.iter().filter(|grant| contains(grant, path));
    let outer = around
        .min_by_key(|grant| inside(grant, path).map(|inside| usize::MAX - inside.components().count()))?;
    let way = inside(outer, path).filter(|way| !way.as_os_str().is_empty())?;
    let mut inner = granted
        .iter()
        .filter(|grant| !contains(grant, outer) && (contains(grant, path) || contains(path, grant)))
        .peekable();
    inner.peek()?;
    let are_same = inner.all(|grant| inside(outer, grant).is_some_and(|way| is_same(outer, &way, grant)));
    // A dot between them, so that no other grant is the beginning of the text. Of `././a`, WASI drops one.
    are_same.then(|| outer.join(".").join(way))
}

#[cfg(target_arch = "wasm32")]
fn is_same(outer: &Path, way: &Path, grant: &Path) -> bool {
    use wasip2::filesystem::{preopens::get_directories, types};
    let granted = get_directories();
    let named = |name: &Path| granted.iter().find(|(_, path)| Path::new(path) == name).map(|(it, _)| it);
    let (Some(outer), Some(grant), Some(way)) = (named(outer), named(grant), way.to_str()) else {
        return false;
    };
    let flags = (types::PathFlags::empty(), types::OpenFlags::DIRECTORY, types::DescriptorFlags::READ);
    outer.open_at(flags.0, way, flags.1, flags.2).is_ok_and(|there| there.is_same_object(grant))
}

/// In a native test, grants have no names but their own.
#[cfg(not(target_arch = "wasm32"))]
fn is_same(_: &Path, _: &Path, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, granted: &[&str], expected: Option<&str>) {
        let granted: Vec<_> = granted.iter().map(PathBuf::from).collect();
        let found = respelled(Path::new(path), &granted, |_, _, _| true);
        // As texts: paths that differ in dots alone are equal.
        assert_eq!(found.as_deref().and_then(Path::to_str), expected, "{path} in {granted:?}");
    }

    #[test]
    fn a_path_with_a_grant_on_its_way_or_in_it_leads_through_the_outermost() {
        check("rr/x", &["rr/x", "."], Some("././rr/x"));
        check("rr/x", &[".", "rr"], Some("././rr/x"));
        check("rr", &["rr/x", "."], Some("././rr"));
        check("rr/x", &["rr", "rr/x"], Some("rr/./x"));
        check("/work/a/b", &["/work/a", "/work", "/tmp"], Some("/work/./a/b"));
    }

    #[test]
    fn a_path_with_one_grant_stays_as_it_is() {
        check("rr/x", &["rr"], None);
        check("rr/x", &[".", "other", "/tmp"], None);
        check("rr", &["rr", "rr/x"], None);
        check("/work", &["/tmp"], None);
    }

    #[test]
    fn a_grant_under_a_name_that_is_not_its_own_is_not_passed_by() {
        let granted = [".", "rr/x"].map(PathBuf::from);
        assert_eq!(respelled(Path::new("rr/x"), &granted, |_, _, _| false), None);
    }
}
