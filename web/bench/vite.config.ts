import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The page of bench/run.mjs, apart from the UI's own build.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: { outDir: '../../.build/web-bench', emptyOutDir: true, target: 'es2023', cssTarget: ['chrome123'] },
});
