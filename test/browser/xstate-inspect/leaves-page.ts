// A page with a conversation in every leaf of the chart except the final one, and a viewer in a frame.
import { xstateInspect } from '../../../src/inspect/xstate-inspect/index.ts'
import { leaves, worldIn } from '../../charts/leaves.ts'

const frame = document.createElement('iframe')
frame.src = '/viewer'
document.body.append(frame)
const targetWindow = frame.contentWindow ?? window
const worlds = leaves.filter((leaf) => leaf !== 'closed' && leaf !== 'lost').map((leaf) => worldIn(leaf))
for (const world of worlds) xstateInspect(world, { targetWindow })
Object.assign(window, { chat: null })
