//! What is in a folder, to be compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(super) type Tree = BTreeMap<PathBuf, Node>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Directory { modified: SystemTime, mode: u32 },
    File { modified: SystemTime, mode: u32, inode: u64, content: Vec<u8> },
    Link { target: PathBuf, inode: u64 },
    Other { inode: u64 },
}

/// All that is at `root`, by relative paths.
pub(super) fn scan(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        let here = crate::save::join(root, &inside);
        let Ok(metadata) = fs::symlink_metadata(&here) else { continue };
        let (modified, mode, inode) = (metadata.modified().unwrap(), metadata.mode(), metadata.ino());
        let node = if metadata.is_dir() {
            open.extend(fs::read_dir(&here).unwrap().map(|entry| inside.join(entry.unwrap().file_name())));
            Node::Directory { modified, mode }
        } else if metadata.is_file() {
            Node::File { modified, mode, inode, content: fs::read(&here).unwrap() }
        } else if metadata.is_symlink() {
            Node::Link { target: fs::read_link(&here).unwrap(), inode }
        } else {
            Node::Other { inode }
        };
        tree.insert(inside, node);
    }
    tree
}
