// duckdb.mjs read FILE          prints the rows of a Parquet file as JSON, one a line, through DuckDB
// duckdb.mjs cells FILE COLUMNS the same for some columns, each value in the form of cells.mjs
// duckdb.mjs query FILE SQL     the same for a query, in which $file stands for the quoted name
// duckdb.mjs write FILE SQL     writes what a statement copies to $file
import { DuckDBInstance } from '@duckdb/node-api';
import { cell } from './cells.mjs';

const [, , command, file, sql] = process.argv;
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const quoted = `'${file.replaceAll("'", "''")}'`;
const text = command === 'read' || command === 'cells' ? `SELECT ${sql ?? '*'} FROM read_parquet(${quoted})` : sql.replaceAll('$file', quoted);
const reader = await connection.runAndReadAll(text);
if (command === 'cells') {
  const names = reader.columnNames();
  const isFloat = reader.columnTypes().map((type) => /FLOAT|DOUBLE/.test(type.toString()));
  for (const row of reader.getRows()) console.log(JSON.stringify(Object.fromEntries(row.map((value, i) => [names[i], cell(value, isFloat[i])]))));
} else if (command !== 'write') {
  for (const row of reader.getRowObjectsJson()) console.log(JSON.stringify(row));
}
connection.closeSync();
instance.closeSync();
