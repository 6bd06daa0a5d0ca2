CREATE SCHEMA triptych;
SET search_path = triptych;
CREATE TABLE store (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    schema_version integer NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    epoch bigint NOT NULL DEFAULT 0,
    last_change uuid);
INSERT INTO store (schema_version, epoch) VALUES (1, 12);
CREATE TABLE tenants (number integer PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE blocks (
    id text COLLATE "C" PRIMARY KEY,
    tenant integer NOT NULL REFERENCES tenants (number),
    signal integer NOT NULL,
    level integer NOT NULL,
    min_time bigint NOT NULL,
    max_time bigint NOT NULL,
    row_count bigint NOT NULL,
    size_bytes bigint NOT NULL,
    object_key text COLLATE "C" NOT NULL UNIQUE,
    first_segment bigint NOT NULL,
    last_segment bigint NOT NULL,
    statistics bytea NOT NULL);
CREATE TABLE wal_retired (signal integer PRIMARY KEY, segment bigint NOT NULL, sequence bigint NOT NULL);
CREATE TABLE key_values (
    scope text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL, value bytea NOT NULL,
    PRIMARY KEY (scope, key));
INSERT INTO tenants VALUES (1, 'default'), (2, 'acme');
INSERT INTO blocks VALUES
('019a0000-0000-7000-8000-000000000001', 2, 2, 0, 1700000000000000000, 1700000001000000000, 10, 2048, 'blocks/2/logs/2023-11-14/019a0000000070008000000000000001.parquet', 3, 4, '\x0102');
INSERT INTO wal_retired VALUES (2, 4, 400);
INSERT INTO key_values VALUES ('ui', 'board', 5, '\x6a736f6e');
