//! What was saved of a path, as it stands in the folders of its copies: [`Manifest`].

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use ambit_plugin_files::at;
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::place::Place;
use crate::saved::{Saved, is_absent};

/// All that another instance needs to restore a path. As long as one is there, the path is not restored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest<P = Place, S = Saved> {
    pub(crate) place: P,
    pub(crate) saved: S,
}

const NAME: &str = "manifest.json";

impl Manifest<&Place, &Saved> {
    /// Writes it into each of the folders, since a body may remove one.
    pub(crate) fn write(&self) -> io::Result<()> {
        for folder in self.place.folders() {
            let path = folder.join(NAME);
            let write = |file: &mut dyn Write| serde_json::to_writer(file, self).map_err(io::Error::from);
            disk::write_whole(&path, &folder.join("manifest.new"), write).map_err(at("write", &path))?;
        }
        Ok(())
    }
}

impl Manifest {
    /// Reads that of a folder, if it has one.
    pub(crate) fn read(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(NAME);
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(io::Error::from),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
        .map_err(at("read", &path))
    }

    /// Removes those of these folders: from now on there is nothing to restore, and the rest of the folders can go.
    pub(crate) fn remove<'a>(folders: impl IntoIterator<Item = &'a Path>) -> io::Result<()> {
        folders.into_iter().try_for_each(|folder| {
            let path = folder.join(NAME);
            disk::remove_file(&path).map_err(at("remove", &path))
        })
    }
}
