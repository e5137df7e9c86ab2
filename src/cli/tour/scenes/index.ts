import type { Scene } from '../scene.ts'
import { apiFallback } from './api-fallback.ts'
import { approval } from './approval.ts'
import { clearedContext } from './cleared-context.ts'
import { fallbackWithCredit } from './fallback-with-credit.ts'
import { outage } from './outage.ts'
import { parallelTools } from './parallel-tools.ts'
import { plainReply } from './plain-reply.ts'
import { refusalAndReset } from './refusal-and-reset.ts'
import { stopped } from './stopped.ts'
import { summary } from './summary.ts'

/** The tour, in its order. */
export const scenes: readonly Scene[] = [
  plainReply,
  refusalAndReset,
  clearedContext,
  fallbackWithCredit,
  apiFallback,
  parallelTools,
  approval,
  stopped,
  outage,
  summary,
]
