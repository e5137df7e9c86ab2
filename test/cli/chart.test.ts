import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { conversationMachine } from '../../machines/index.ts'
import type { ChartDefinition } from '../../src/inspect/index.ts'
import { command, turnstate } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-chart-'))
afterAll(() => rmSync(folder, { recursive: true }))

const states = (svg: string) => [...svg.matchAll(/data-state="([^"]+)"/g)].map(([, id = '']) => id)

describe.concurrent('chart', () => {
  it('draws the whole machine as SVG', async () => {
    const { stdout, stderr, exitCode } = await turnstate(['chart'])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>\n$/)
    expect(states(stdout)).toEqual(
      expect.arrayContaining([
        ...Object.keys(conversationMachine.states),
        'streaming.opening',
        'tools.running.working',
      ]),
    )
    expect(stdout).toContain('[isSavedAndHasAllResults]')
    expect(stdout).toContain('after retryBackoff')
  })

  it('unfolds only the states that --unfold names', async () => {
    const { stdout } = await turnstate(['chart', '--unfold', 'refused', '--compact', '--theme', 'dark'])
    expect(
      states(stdout)
        .filter((id) => id.includes('.'))
        .toSorted(),
    ).toEqual(['refused.awaitingDecision', 'refused.deciding', 'refused.saving', 'refused.unsaved'])
    expect(stdout).toContain('#14171c')
  })

  it('rejects a state that can not be unfolded with invalid-option, and names those that can', async () => {
    const { stderr, exitCode } = await turnstate(['chart', '--unfold', 'idle'])
    expect(stderr).toMatch(
      /^turnstate: There is no state "idle" with others inside\. Those that have some: asking, streaming, streaming\.ending, tools, .* \(invalid-option\)\n$/,
    )
    expect(exitCode).toBe(1)
  })

  it('draws only the named states', async () => {
    const { stdout } = await turnstate(['chart', '--unfold', 'none', '--states', 'idle,streaming,refused,reset'])
    expect(states(stdout).toSorted()).toEqual(['idle', 'refused', 'reset', 'streaming'])
  })

  it('rejects an unknown state with invalid-option, and names the known ones', async () => {
    const { stderr, exitCode } = await turnstate(['chart', '--states', 'idle,steaming'])
    expect(stderr).toMatch(
      /^turnstate: The machine has no state "steaming"\. Its states: loading, idle, asking, streaming, .* \(invalid-option\)\n$/,
    )
    expect(exitCode).toBe(1)
  })

  it('draws a PNG into a file, with its texts', async () => {
    const file = join(folder, 'chart.png')
    const { stdout, exitCode } = await turnstate([
      'chart',
      '--machine',
      'toolCall',
      '--format',
      'png',
      '--output',
      file,
    ])
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 })
    const png = readFileSync(file)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
    expect(width).toBeGreaterThan(1_000)
    expect(height).toBeGreaterThan(200)
  })

  it('writes a PNG to a pipe', async () => {
    const { stdout } = await turnstate(['chart', '--machine', 'toolCall', '--format', 'png'])
    expect(stdout).toContain('PNG')
  })

  it('reports why a file can not be written', async () => {
    const { stderr, exitCode } = await turnstate(['chart', '--output', join(folder, 'no', 'such', 'folder.svg')])
    expect(stderr).toMatch(/^turnstate: ENOENT[^\n]+\n$/)
    expect(exitCode).toBe(1)
  })

  it('writes the machine as data and as a Mermaid diagram', async () => {
    const [json, mermaid] = await Promise.all([
      turnstate(['chart', '--format', 'json', '--machine', 'toolCalls']),
      turnstate(['chart', '--format', 'mermaid']),
    ])
    const chart = JSON.parse(json.stdout) as ChartDefinition
    expect(chart).toMatchObject({ id: 'toolCalls', version: '1' })
    expect(mermaid.stdout).toMatch(/^stateDiagram-v2\n {4}\[\*\] --> loading\n/)
  })

  it('exits silently when its output is closed', async () => {
    const head = await new Promise<string>((resolve, reject) =>
      execFile('sh', ['-c', '"$0" "$1" chart | head -c 4', process.execPath, command], (error, stdout, stderr) =>
        error ? reject(error) : resolve(stdout + stderr),
      ),
    )
    expect(head).toBe('<svg')
  })
})
