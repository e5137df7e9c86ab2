import { defineConfig } from 'vitest/config'

const inBrowser = ['test/browser/**/*.test.ts']

export default defineConfig({
  test: {
    // Files share their worker's modules, which are loaded once instead of once for each file: no test may leave anything behind.
    isolate: false,
    // Two cores: by default one of them would be left to Vitest's own process, which has little to do.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...inBrowser, '**/node_modules/**'],
          globalSetup: ['test/scripts/built-page.mjs', 'test/scripts/programs.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: inBrowser,
          globalSetup: ['test/scripts/built-page.mjs', 'test/scripts/programs.ts', 'test/browser/setup.ts'],
          hookTimeout: 60_000,
          // One browser at a time is enough for two cores.
          fileParallelism: false,
        },
      },
    ],
    // It ends a test that hangs, on a busy machine too; how fast something is, no test asks.
    testTimeout: 60_000,
    server: { deps: { inline: ['xstate'] } },
  },
  // XState checks the persistence of inline actors only under the `development` condition.
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'] } },
})
