// A process with one warm vitest: takes tasks over its channel, one at a time, and answers each with a verdict.
import { join } from 'node:path'
import { createVitest, type Vitest } from 'vitest/node'
import type { Task, Verdict } from './mutant.ts'

const root = join(import.meta.dirname, '../../')
const vitest: Vitest = await createVitest('test', {
  root,
  config: join(import.meta.dirname, 'vitest.config.ts'),
  watch: false,
  // `bail` counts failed tests alone: a file that can't be loaded ends the run here.
  reporters: [{ onTestModuleEnd: (module) => (module.ok() ? undefined : vitest.cancelCurrentRun('test-failure')) }],
  silent: true,
})
await vitest.standalone()
const project = vitest.getRootProject()

const run = async ({ tests, ...mutantRun }: Task): Promise<Verdict> => {
  project.provide('mutantRun', mutantRun)
  const start = performance.now()
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
    tests.map((test) => project.createSpecification(join(root, test))),
  )
  const passed = unhandledErrors.length === 0 && testModules.every((module) => module.ok())
  return { passed, duration: Math.ceil(performance.now() - start) }
}

process.on('message', (task: Task) => {
  run(task).then(
    (verdict) => process.send?.(verdict),
    () => process.send?.({ passed: false, duration: 0 } satisfies Verdict),
  )
})
process.on('disconnect', () => process.exit())
