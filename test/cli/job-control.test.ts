import { spawn, spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { command, Running, simulate } from './command.ts'

const hasSignals = process.platform !== 'win32'
/** Of util-linux: runs a program in a real terminal. */
const terminalProgram = 'script'
/** Whether that is possible here, with a shell that has job control. */
const hasTerminal =
  hasSignals &&
  [terminalProgram, 'bash'].every((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) &&
  spawnSync(terminalProgram, ['-qefc', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0

describe.skipIf(!hasSignals)('a process that gets SIGTSTP', () => {
  it('leaves the terminal before it stops, and returns to it when it goes on', async () => {
    const jobs = pathToFileURL(resolve('src/cli/jobs.ts')).href
    const program = `
      import { processJobs } from '${jobs}'
      const end = processJobs().listen({ stop: () => console.log('left'), resume: () => console.log('returned') })
      console.log('ready')
      process.stdin.on('end', end).resume()`
    const args = ['--import', 'tsx', '--input-type=module', '-e', program]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const running = new Running(child)
    await running.says(/ready/)
    child.kill('SIGTSTP')
    await running.says(/left/)
    // It may not have stopped yet: then the first of these has no effect.
    const isBack = running.says(/left\nreturned/).then(() => true)
    do child.kill('SIGCONT')
    while (!(await Promise.race([isBack, setTimeout(20, false)])))
    child.stdin.end()
    expect((await running.ended).exitCode).toBe(0)
  })
})

describe.skipIf(!hasTerminal)('a chat in a real terminal', () => {
  it('is stopped by Ctrl-Z and continued by fg, at the prompt and during a reply', async () => {
    const simulator = await simulate({ deltaDelay: 30 })
    const env = { PATH: process.env['PATH'] ?? '', TERM: 'xterm', PS1: 'shell$ ', NO_COLOR: '1' }
    const child = spawn(terminalProgram, ['-qefc', 'bash --norc --noprofile -i', '/dev/null'], { env, stdio: 'pipe' })
    const shell = new Running(child)
    let seen = 0
    /** Waits for what comes after what was waited for before. */
    const says = async (pattern: RegExp) => {
      const match = await shell.says(new RegExp(`^[^]{${seen}}[^]*?${pattern.source}`))
      seen = match[0].length
    }
    shell.write(`stty -echo; '${process.execPath}' '${command}' chat --no-store --base-url ${simulator.url}\n`)
    await says(/you> /)
    shell.write('one ')
    await says(/one /)
    shell.write('\u001A')
    await says(/\[\?2004l[^]*Stopped[^]*shell\$ /)
    shell.write('stty -a; fg\n')
    await says(/ icanon /)
    await says(/you> one /)
    shell.write('two\r')
    await says(/This is /)
    shell.write('\u001A')
    await says(/Stopped[^]*shell\$ /)
    shell.write('fg\n')
    await says(/claude> This is /)
    await says(/state: streaming → completed[^]*you> /)
    shell.write('\u0004')
    await says(/\[\?2004l/)
    await says(/shell\$ /)
    shell.write('stty -a; exit\n')
    await says(/ icanon /)
    await shell.ended
    expect(simulator.requests).toHaveLength(1)
    expect(JSON.stringify(simulator.requests[0]?.body)).toContain('"one two"')
  })
})
