// A process with one warm vitest: takes tasks over its channel, one at a time, and answers each with a verdict.
import { join } from 'node:path'
import { createVitest } from 'vitest/node'
import type { Task, Verdict } from './mutant.ts'

const root = join(import.meta.dirname, '../../')

// What a run returns also holds the files of earlier runs that this one did not take: what fails is written down here.
let failures: string[] = []
const vitest = await createVitest('test', {
  root,
  config: join(import.meta.dirname, 'vitest.config.ts'),
  watch: false,
  reporters: [
    {
      onTestCaseResult(test) {
        if (test.result().state === 'failed') failures.push(`${test.module.relativeModuleId} > ${test.fullName}`)
      },
      onTestModuleEnd(module) {
        for (const { message } of module.errors()) failures.push(`${module.relativeModuleId}: ${message}`)
      },
    },
  ],
  silent: true,
})
await vitest.standalone()
const project = vitest.getRootProject()

const run = async ({ tests, ...mutantRun }: Task): Promise<Verdict> => {
  project.provide('mutantRun', mutantRun)
  failures = []
  const start = performance.now()
  const { unhandledErrors } = await vitest.runTestSpecifications(
    tests.map((test) => project.createSpecification(join(root, test))),
  )
  const killer = failures[0] ?? (unhandledErrors.length > 0 ? 'an error that no test caught' : null)
  return { killer, duration: Math.ceil(performance.now() - start) }
}

process.on('message', (task: Task) => {
  run(task).then(
    (verdict) => process.send?.(verdict),
    (error: unknown) => process.send?.({ killer: String(error), duration: 0 } satisfies Verdict),
  )
})
process.on('disconnect', () => process.exit())
