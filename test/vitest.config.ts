import { defineConfig } from 'vitest/config'

const inBrowser = ['test/browser/**/*.test.ts']
// How late the event loop of an app may be while a browser shows it: measured last, alone.
const flood = 'test/browser/flood.test.ts'

// Tests that say how long something may take, or how late the event loop may be. They run one at a time, while nothing else does.
const timed = [
  'test/attacks/{bridge-stately-inspect,bridge-xstate-inspect,inspection-files,inspector-processes}.test.ts',
  'test/attacks/{records-of-producers,regular-expressions,siege,terminal-inspector}.test.ts',
  'test/inspect/{odd-facts,page/moments,xstate-inspect/replays}.test.ts',
  'test/integration/stop.test.ts',
  'test/journal/{growth,read-json}.test.ts',
]

const node = { globalSetup: ['test/scripts/built-page.mjs', 'test/scripts/programs.ts', 'test/scripts/postgres.ts'] }

// What a page shows is waited for as long as a test may take: on a busy machine a page may be slow to be drawn.
const browser = {
  globalSetup: [...node.globalSetup, 'test/browser/setup.ts'],
  hookTimeout: 60_000,
  expect: { poll: { timeout: 50_000 } },
}

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
          ...node,
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...inBrowser, ...timed, '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: { ...node, name: 'timed', include: timed, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: { ...browser, name: 'browser', include: inBrowser, exclude: [flood, '**/node_modules/**'] },
      },
      {
        extends: true,
        test: { ...browser, name: 'flood', include: [flood], fileParallelism: false, sequence: { groupOrder: 2 } },
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
