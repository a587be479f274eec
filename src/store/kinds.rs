//! The kinds of source keys that have a stream, in SQL that both databases understand: each is
//! found behind the last one by the index, however many keys a kind has.

/// System and object of each kind. Without `|| ''` SQLite searches by the first column alone.
pub(super) const STREAM_KINDS: &str = "WITH RECURSIVE kind (system, object) AS ( \
    SELECT * FROM (SELECT source_system, object_type FROM stream \
        ORDER BY source_system, object_type LIMIT 1) AS first_kind \
    UNION ALL SELECT \
        (SELECT source_system FROM stream \
            WHERE (source_system, object_type) > (kind.system || '', kind.object || '') \
            ORDER BY source_system, object_type LIMIT 1), \
        (SELECT object_type FROM stream \
            WHERE (source_system, object_type) > (kind.system || '', kind.object || '') \
            ORDER BY source_system, object_type LIMIT 1) \
    FROM kind WHERE kind.system IS NOT NULL) \
    SELECT system, object FROM kind WHERE system IS NOT NULL";
