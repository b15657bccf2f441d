// The page: frontend/ is built into webapp/page (and, for tests, with a handle on the chart, into webapp/page-test).
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** @param {string} path relative to this file */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Put Swagger UI beside the page, so that /docs works without a network.
 * @param {string} page folder of the build
 * @returns {import('vite').Plugin}
 */
const swagger = (page) => ({
  name: 'swagger-ui',
  apply: 'build',
  closeBundle() {
    mkdirSync(`${page}/docs`, { recursive: true });
    for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE'])
      copyFileSync(here(`node_modules/swagger-ui-dist/${file}`), `${page}/docs/${file}`);
  },
});

export default defineConfig(({ mode }) => {
  const page = here(mode === 'test' ? 'webapp/page-test' : 'webapp/page');
  return {
    root: 'frontend',
    publicDir: false,
    plugins: [swagger(page)],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: page,
      emptyOutDir: true,
      manifest: true,
      target: 'es2022',
      modulePreload: false, // the shell writes the preloads, with the nonce
      assetsInlineLimit: 0,
      rollupOptions: { input: 'src/main.js' },
    },
    server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8000' } },
  };
});
