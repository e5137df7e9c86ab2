import { defineConfig } from 'vitest/config'

const inBrowser = ['test/browser/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...inBrowser, '**/node_modules/**'],
          globalSetup: 'test/scripts/built-page.mjs',
          typecheck: { enabled: true, include: ['test/types/*.test-d.ts'], tsconfig: './tsconfig.json' },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: inBrowser,
          globalSetup: ['test/scripts/built-page.mjs', 'test/browser/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // One browser at a time is enough for two cores.
          fileParallelism: false,
        },
      },
    ],
    testTimeout: 20_000,
    server: { deps: { inline: ['xstate'] } },
  },
  // XState checks the persistence of inline actors only under the `development` condition.
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'] } },
})
