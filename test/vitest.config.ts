import { defineConfig } from 'vitest/config'

// XState checks the persistence of inline actors only under the `development` condition.
export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    server: { deps: { inline: ['xstate'] } },
    typecheck: { enabled: true, include: ['test/types/*.test-d.ts'], tsconfig: './tsconfig.json' },
  },
})
