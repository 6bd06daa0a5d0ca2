'use strict';
// Knows what is in store: a table in PostgreSQL.
const { Pool } = require('pg');
const { createLogger } = require('./logs.js');
const { Refusal, serve } = require('./service.js');

const logger = createLogger();
// Where PostgreSQL is stands in PGHOST, PGUSER and PGDATABASE.
const database = new Pool({ max: 8 });
database.on('error', (error) => logger.error({ err: error }, 'lost a connection to PostgreSQL'));

// Beside ordinary goods: one that is slow, one that is sold out, and one whose row breaks the query.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS products (
    name text PRIMARY KEY, price_cents int NOT NULL, per_box int NOT NULL, in_store int NOT NULL CHECK (in_store >= 0), search_seconds float NOT NULL);
  CREATE TABLE IF NOT EXISTS reservations (order_id uuid PRIMARY KEY, product text NOT NULL REFERENCES products, quantity int NOT NULL);
  INSERT INTO products VALUES
    ('teapot', 2400, 4, 1000000, 0), ('cup', 800, 12, 1000000, 0), ('saucer', 500, 12, 1000000, 0),
    ('samovar', 19900, 1, 1000000, 0.4), ('golden-spoon', 99900, 1, 0, 0), ('mystery-box', 100, 0, 1000000, 0)
  ON CONFLICT DO NOTHING`;
const FIND = 'SELECT price_cents, 100 / per_box AS boxes, pg_sleep(search_seconds)::text FROM products WHERE name = $1';
const TAKE = 'UPDATE products SET in_store = in_store - $2 WHERE name = $1 AND in_store >= $2';

async function reserve({ orderId, product, quantity }) {
  const found = await database.query(FIND, [product]);
  if (found.rowCount === 0) throw new Refusal(404, `no product ${product}`);
  const taken = await database.query(TAKE, [product, quantity]);
  if (taken.rowCount === 0) throw new Refusal(409, `${product} is out of stock`);
  await database.query('INSERT INTO reservations VALUES ($1, $2, $3)', [orderId, product, quantity]);
  logger.info({ orderId, product, quantity }, 'reserved');
  return { priceCents: found.rows[0].price_cents };
}

database.query(SCHEMA).then(() =>
  serve({
    port: Number(process.env.SHOP_PORT),
    logger,
    routes: (app) => {
      app.get('/products', async (_request, response) => {
        const found = await database.query('SELECT name, price_cents AS "priceCents", in_store > 0 AS "inStore" FROM products ORDER BY name');
        response.json(found.rows);
      });
      app.post('/reservations', async (request, response) => response.status(201).json(await reserve(request.body)));
    },
    close: () => database.end(),
  }),
);
