// scan.mjs FILE SQL ROUNDS      runs a query, in which $file stands for the quoted name, on one thread; prints the least processor time in milliseconds
import { DuckDBInstance } from '@duckdb/node-api';

const [, , file, sql, rounds] = process.argv;
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
const text = sql.replaceAll('$file', `'${file.replaceAll("'", "''")}'`);
let best = Infinity;
for (let i = 0; i < Number(rounds); i++) {
  const start = process.cpuUsage();
  const reader = await connection.runAndReadAll(text);
  reader.getRows();
  const { user, system } = process.cpuUsage(start);
  best = Math.min(best, (user + system) / 1e3);
}
console.log(best.toFixed(3));
connection.closeSync();
instance.closeSync();
