import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { httpError, refuse, reply, type Script, startSimulator, text, toolUse } from '../../src/testing/index.ts'
import { clusterPlace } from '../dbos/database.ts'
import { programOf } from '../scripts/programs.ts'

const run = promisify(execFile)

/** What the model says where an example needs more of it than a plain answer. */
const scripts: Readonly<Record<string, Script>> = {
  '06-tools': [
    reply([toolUse('weather', { city: 'Rome' }), toolUse('mail', { to: 'Ann', text: 'It is fine.' })]),
    reply([text('The sky over Rome is clear.')]),
  ],
  '11-rejections': [httpError(400, { message: 'metadata: Extra inputs are not permitted' }), reply([text('Hello.')])],
  '07-other-models': [refuse({ creditToken: 'mint' }), reply([text('Hello.')])],
}

/**
 * Milliseconds between deltas. The example of the client prints what it sees while the reply grows: the server and the client send on
 * and show once in 33 ms, so on a busy machine a short reply would be over before.
 */
const paces: Readonly<Record<string, number>> = { '21-client': 30 }

/** Examples that need a Postgres. */
const withDatabase: ReadonlySet<string> = new Set(['22-many-machines'])

/** Runs an example as a user would, against the simulator. */
const runExample = async (name: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-example-'))
  const script = scripts[name]
  const database = withDatabase.has(name) ? await clusterPlace() : null
  const simulator = await startSimulator({ deltaDelay: paces[name] ?? 5, ...(script ? { script } : {}) })
  try {
    const { stdout } = await run(process.execPath, [programOf(inject('programs'), `${name}.ts`)], {
      // Examples may write files.
      cwd: folder,
      env: {
        ...process.env,
        ANTHROPIC_API_KEY: 'any',
        ANTHROPIC_BASE_URL: simulator.url,
        ...(database ? { DATABASE_URL: database.url } : {}),
      },
    })
    return stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await database?.close()
    await simulator.close({ assertConsumed: true })
  }
}

describe('the examples', () => {
  it.each([
    ['01-first-turn', /You wrote: "Hello"[\s\S]*completed/],
    ['02-refusals', /^$/],
    ['03-watching', /stopped[\s\S]*ready 4/],
    ['04-machine', /t1 completed\n\{ completed: 'saved' \} true/],
    ['05-testing', /^completed\nrefused\ncompleted\n4\n$/],
    ['06-tools', /^mail denied\nweather settled\nThe sky over Rome is clear\.\n$/],
    ['07-other-models', /^claude-opus-5-5 → claude-opus-5 \(refusal\)\nclaude-opus-5 1 .*redeemed/],
    ['08-branches', /^3 2\ncompleted\n$/],
    ['12-react', /^<p>ready, 2 messages<\/p>\n$/],
    [
      '10-inspector',
      /^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/\nloading → idle journal\.ready[\s\S]*idle → asking\.saving user\.send isNewId\nasking\.saving → streaming\.opening journal\.saved isSaved\n/,
    ],
    [
      '11-rejections',
      /^request-invalid metadata \[[\s\S]*asked again without \[ 'field:claude-opus-5-5\/metadata' \]\ncompleted request-invalid 0\n$/,
    ],
    ['22-many-machines', /^event: turn\.completed\n$/],
    ['21-client', /online 2\n[\s\S]*completed\n$/],
    ['20-server', /^event: turn\.completed\n401\n$/],
    ['16-lean-fetch', /You wrote: "Hello"/],
    ['17-ai-sdk', /^user Hello\nassistant This is the turnstate simulator[^\n]*\n$/],
    ['15-durable', /^0 messages so far\ncompleted and stored, at revision 4\n\[ 'c1: Hello' \]\n$/],
    ['14-stores', /^0 true\n\[ 'c1: About bees' \]\n\[\] 2\n$/],
    ['13-request-fields', /You wrote: "What goes with beetroot\?"/],
    ['09-limits', /^true 1 true\n\[ 'claude-opus-5-5' \] \[\]\n$/],
  ])('%s runs as it stands', async (name, output) => {
    expect(await runExample(name)).toMatch(output)
  })
})
