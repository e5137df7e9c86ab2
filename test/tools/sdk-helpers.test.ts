import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { mcpTool, mcpTools } from '@anthropic-ai/sdk/helpers/beta/mcp'
import { betaMemoryTool } from '@anthropic-ai/sdk/helpers/beta/memory'
import { betaStandardSchemaTool } from '@anthropic-ai/sdk/helpers/beta/standard-schema'
import {
  BetaAbstractBrowserToolset20260801,
  BetaAbstractComputerToolset20260801,
} from '@anthropic-ai/sdk/helpers/beta/toolsets'
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod'
import * as agentTools from '@anthropic-ai/sdk/tools/agent-toolset/node'
import { BetaLocalFilesystemMemoryTool } from '@anthropic-ai/sdk/tools/memory/node'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readTools } from '../../src/tools/read-tools.ts'

class Computer extends BetaAbstractComputerToolset20260801 {}
class Browser extends BetaAbstractBrowserToolset20260801 {}

const context = { workdir: tmpdir() }
const definition = { name: 'look', description: 'Looks', run: () => '' }
const ofMcp = { name: 'look', inputSchema: { type: 'object' as const } }
const client = { callTool: async () => ({ content: [] }) }
const fromNothing = () => ''
const memory = {
  view: fromNothing,
  create: fromNothing,
  str_replace: fromNothing,
  insert: fromNothing,
  delete: fromNothing,
  rename: fromNothing,
}

/** The SDK helpers that create runnable tools, by name. */
const made: Readonly<Record<string, () => readonly object[]>> = {
  betaTool: () => [betaTool({ ...definition, inputSchema: { type: 'object' } })],
  betaZodTool: () => [betaZodTool({ ...definition, inputSchema: z.object({}) })],
  betaStandardSchemaTool: () => [betaStandardSchemaTool({ ...definition, inputSchema: z.object({}) })],
  betaMemoryTool: () => [betaMemoryTool(memory)],
  mcpTool: () => [mcpTool(ofMcp, client)],
  mcpTools: () => mcpTools([ofMcp], client),
  BetaAbstractComputerToolset20260801: () => [new Computer()],
  BetaAbstractBrowserToolset20260801: () => [new Browser({ browserState: () => ({ tabs: [] }) })],
  betaAgentToolset20260401: () => agentTools.betaAgentToolset20260401(context),
  betaBashTool: () => [agentTools.betaBashTool(context)],
  betaReadTool: () => [agentTools.betaReadTool(context)],
  betaWriteTool: () => [agentTools.betaWriteTool(context)],
  betaEditTool: () => [agentTools.betaEditTool(context)],
  betaGlobTool: () => [agentTools.betaGlobTool(context)],
  betaGrepTool: () => [agentTools.betaGrepTool(context)],
  BetaLocalFilesystemMemoryTool: () => [betaMemoryTool(new BetaLocalFilesystemMemoryTool(tmpdir()))],
}

/** Exports with "tool" in their names that create no runnable tool. */
const makesNone = /Error$|^SessionToolRunner$/

it('the tool helpers of the SDK are listed here, so that a new one is noticed', async () => {
  const sdk = dirname(createRequire(import.meta.url).resolve('@anthropic-ai/sdk'))
  const helpers = readdirSync(join(sdk, 'helpers/beta')).filter((file) => file.endsWith('.mjs'))
  const files = [
    ...helpers.map((file) => `helpers/beta/${file}`),
    'tools/agent-toolset/node.mjs',
    'tools/memory/node.mjs',
  ]
  const modules = await Promise.all(files.map((file) => import(join(sdk, file)) as Promise<Record<string, unknown>>))
  const names = modules.flatMap((module) => Object.keys(module)).filter((name) => /tool/i.test(name))
  expect([...new Set(names)].filter((name) => !makesNone.test(name)).toSorted()).toEqual(Object.keys(made).toSorted())
})

it.each(Object.entries(made))('a tool created by %s of the SDK runs', (_, make) => {
  const tools = make()
  expect(tools.length).toBeGreaterThan(0)
  for (const given of tools) {
    const set = readTools([given])
    const [name] = set.names
    const toolset = String(set.params[0]?.['type']).replace(/_.*/, '')
    expect(set.find(name === undefined ? { name: 'key', toolset } : { name })?.kind).toBe('run')
    expect(JSON.parse(JSON.stringify(set.params[0]))).not.toHaveProperty('run')
  }
})
