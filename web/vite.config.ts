import { defineConfig } from 'vite';

// Relative addresses, so that the page also works below a path of another server.
export default defineConfig({
  base: './',
  build: { target: 'es2022', chunkSizeWarningLimit: 900 },
  server: { host: '127.0.0.1' },
});
