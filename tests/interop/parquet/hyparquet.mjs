// hyparquet.mjs FILE            prints the rows of a Parquet file as JSON, one a line, through hyparquet
// hyparquet.mjs FILE cells      the same, each value in the form of cells.mjs
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { cell } from './cells.mjs';

const file = await asyncBufferFromFile(process.argv[2]);
const rows = await parquetReadObjects({ file, compressors, utf8: false });
const plain = (_, value) => {
  if (typeof value === 'bigint') return value.toString();
  return value;
};
if (process.argv[3] === 'cells') {
  const metadata = await parquetMetadataAsync(file);
  const floats = new Set();
  for (const { meta_data: chunk } of metadata.row_groups[0].columns) {
    if (/FLOAT|DOUBLE/.test(chunk.type)) floats.add(chunk.path_in_schema[0]);
  }
  for (const row of rows) console.log(JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value, floats.has(name))]))));
} else {
  for (const row of rows) console.log(JSON.stringify(printable(row), plain));
}

function printable(row) {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[name] = Buffer.from(value).toString('hex');
    if (value instanceof Date) row[name] = value.getTime();
  }
  return row;
}
