CREATE TABLE tenants (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE blocks (
    id TEXT PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants (number),
    signal INTEGER NOT NULL,
    level INTEGER NOT NULL,
    min_time INTEGER NOT NULL,
    max_time INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    object_key TEXT NOT NULL UNIQUE,
    first_segment INTEGER NOT NULL,
    last_segment INTEGER NOT NULL,
    statistics BLOB NOT NULL) STRICT;
CREATE TABLE wal_retired (signal INTEGER PRIMARY KEY, segment INTEGER NOT NULL, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE key_values (
    scope TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
INSERT INTO tenants (number, name) VALUES (1, 'default'), (2, 'acme');
INSERT INTO blocks VALUES
('019a0000-0000-7000-8000-000000000001', 2, 2, 0, 1700000000000000000, 1700000001000000000, 10, 2048, 'blocks/2/logs/2023-11-14/019a0000000070008000000000000001.parquet', 3, 4, x'0102');
INSERT INTO wal_retired VALUES (2, 4, 400);
INSERT INTO key_values VALUES ('ui', 'board', 5, x'6a736f6e');
PRAGMA user_version = 1;
