//! Archives of folders.

use std::io::Write as _;
use std::path::Path;

/// Packs a folder; its files stand below `top`.
pub fn zip_folder(folder: &Path, top: &str, target: &Path) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(target).unwrap());
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("{top}{name}"), options).unwrap();
            zip.write_all(&std::fs::read(path).unwrap()).unwrap();
        }
    }
    zip.finish().unwrap();
}
