// `npm run test:fast`: what is not slow, with few runs of what is random, for one who changes a line.
import { defineConfig, mergeConfig } from 'vitest/config'
import config from './vitest.config.ts'

const { projects: _, ...shared } = config.test ?? {}

export default mergeConfig(
  { ...config, test: shared },
  defineConfig({
    test: {
      include: [
        'test/{charts,claude,conversation,files,journal,refusals,rejections,reply,tools}/**/*.test.ts',
        'test/docs/layers.test.ts',
      ],
      exclude: ['test/**/{doors,growth,paths,reply-limits}.test.ts', 'test/**/recorded-*.test.ts'],
      env: { TURNSTATE_TEST_RUNS: '0.2' },
    },
  }),
)
