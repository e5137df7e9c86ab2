// The tests against instrumented code: `npm run test:mutants` writes it to the folder that TURNSTATE_MUTANTS names.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = join(import.meta.dirname, '../../')
const folder = process.env['TURNSTATE_MUTANTS'] ?? ''

/** Test files run in the order in which the runner names them: the fastest first. */
class AsNamed extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files)
  }
}

export default defineConfig({
  root,
  plugins: [
    {
      name: 'turnstate-mutants',
      enforce: 'pre',
      load(id) {
        const path = join(folder, id.slice(root.length))
        return id.startsWith(root) && existsSync(path) ? readFileSync(path, 'utf8') : undefined
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', '**/node_modules/**'],
    globalSetup: ['test/scripts/built-page.mjs', 'test/scripts/programs.ts'],
    setupFiles: ['test/mutants/setup.ts'],
    testTimeout: 20_000,
    server: { deps: { inline: ['xstate'] } },
    // The files of a run share a worker, which loads the code once; the next run has a new one, which loads it anew.
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    bail: 1,
    sequence: { sequencer: AsNamed },
  },
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'] } },
})
