import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the pages of a running server; `API=http://127.0.0.1:4999 npm run dev` those of mock/server.mjs.
const api = process.env['API'] ?? 'http://localhost:3000';

export default defineConfig({
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '/api': api, '/grafana': api, '/loki': { target: api, ws: true } },
  },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // Browsers that know light-dark(): written out for older ones, a colour in a class of its own would come to nothing.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 3 },
            { name: 'editor', test: /node_modules[\\/](@codemirror|@lezer|@marijn|crelt|style-mod|w3c-keyname)[\\/]/, priority: 2 },
          ],
        },
      },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}', 'mock/**/*.test.ts'],
    setupFiles: ['src/testing/setup.ts'],
    // Not a measure of anything: tests also run where all cores are busy.
    testTimeout: 120_000,
  },
});
