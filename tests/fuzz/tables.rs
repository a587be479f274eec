//! Folders of tables and JSON, of every source that is read from files.

use super::reading::read;
use super::run::explore;
use super::seed::samples;

#[test]
fn no_damage_to_tables_or_json_ends_a_reading() {
    explore("tables", &samples(), |input| {
        let folder = tempfile::tempdir().unwrap();
        input.write(folder.path());
        read(&input.source, folder.path(), true)
    });
}
