import { sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { typedAs } from '../../src/cli/invocation.ts'

const path = (...names: readonly string[]) => sep + names.join(sep)
const npxEnv = { npm_command: 'exec', npm_lifecycle_event: 'npx' }
const scriptEnv = { npm_command: 'run-script', npm_lifecycle_event: 'ask' }

describe('the command in hints', () => {
  it.each([
    [
      'a checkout',
      path('home', 'turnstate', 'src', 'cli', 'main.ts'),
      { npm_lifecycle_event: 'start' },
      'npm run chat --',
      'npm run turnstate -- chart',
      'npm run turnstate --',
    ],
    [
      'a global install',
      path('usr', 'local', 'bin', 'turnstate'),
      {},
      'turnstate chat',
      'turnstate chart',
      'turnstate',
    ],
    [
      'npx',
      path('home', '.npm', '_npx', 'a1', 'node_modules', '.bin', 'turnstate'),
      npxEnv,
      'npx turnstate chat',
      'npx turnstate chart',
      'npx turnstate',
    ],
    [
      'a script of a project',
      path('home', 'app', 'node_modules', '.bin', 'turnstate'),
      scriptEnv,
      'npx turnstate chat',
      'npx turnstate chart',
      'npx turnstate',
    ],
    [
      'a script that starts it by npx, from a global folder',
      path('usr', 'bin', 'turnstate'),
      npxEnv,
      'npx turnstate chat',
      'npx turnstate chart',
      'npx turnstate',
    ],
    [
      'a shell, by the path in a project',
      path('home', 'app', 'node_modules', '.bin', 'turnstate'),
      {},
      'npx turnstate chat',
      'npx turnstate chart',
      'npx turnstate',
    ],
  ])('names what can be typed after a start from %s', (_, script, env, chat, chart, itself) => {
    const started = { script, env }
    expect([typedAs(started, 'chat'), typedAs(started, 'chart'), typedAs(started)]).toEqual([chat, chart, itself])
  })
})
