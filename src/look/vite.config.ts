// Builds both pages, the inspector (`index.html`) and the chat (`chat.html`), into the package. All files are in one folder, with
// relative URLs, because the inspector's path starts with a token. No script or style is inline, so that pages run under a
// Content-Security-Policy that forbids it.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { shippedChartsPlugin } from '../inspect/page/shipped-charts.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// A page is built for people, also where tests build it: for development, JSX would be made for another library's runtime.
process.env['NODE_ENV'] = 'production'

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [shippedChartsPlugin()],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  resolve: {
    // The chat is written for React, as the hooks of `turnstate/react` are; Preact runs it at a tenth of the weight.
    alias: [
      { find: /^react$/, replacement: 'preact/compat' },
      { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
    ],
  },
  build: {
    outDir: here('../../dist/page'),
    emptyOutDir: true,
    assetsDir: '',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 2_000,
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: here('index.html'), chat: here('chat.html') },
      // `'use client'` of turnstate/react is for bundlers with server components.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warning.code !== 'SOURCEMAP_ERROR') warn(warning)
      },
    },
  },
  logLevel: 'warn',
})
