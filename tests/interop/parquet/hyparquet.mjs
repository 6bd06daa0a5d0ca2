// hyparquet.mjs FILE            prints the rows of a Parquet file as JSON, one a line, through hyparquet
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const file = await asyncBufferFromFile(process.argv[2]);
const rows = await parquetReadObjects({ file, compressors, utf8: false });
const plain = (_, value) => {
  if (typeof value === 'bigint') return value.toString();
  return value;
};
for (const row of rows) {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[name] = Buffer.from(value).toString('hex');
    if (value instanceof Date) row[name] = value.getTime();
  }
  console.log(JSON.stringify(row, plain));
}
