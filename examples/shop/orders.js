'use strict';
// Takes orders and has stock reserve the goods. Its log lines go over OTLP.
const { randomUUID } = require('node:crypto');
const { createLogger } = require('./logs.js');
const { Refusal, ask, serve } = require('./service.js');

const logger = createLogger();
const stock = process.env.SHOP_STOCK_URL;
const MOST_AT_ONCE = 100;

serve({
  port: Number(process.env.SHOP_PORT),
  logger,
  routes: (app) => {
    app.post('/orders', async (request, response) => {
      const { product, quantity } = request.body ?? {};
      if (typeof product !== 'string' || !Number.isInteger(quantity) || quantity < 1 || quantity > MOST_AT_ONCE) {
        throw new Refusal(400, `an order needs a product and a quantity from 1 to ${MOST_AT_ONCE}`);
      }
      const orderId = randomUUID();
      const { priceCents } = await ask(`${stock}/reservations`, { orderId, product, quantity });
      logger.info({ orderId, product, quantity, totalCents: priceCents * quantity }, 'order placed');
      response.status(201).json({ orderId, product, quantity, totalCents: priceCents * quantity });
    });
  },
});
