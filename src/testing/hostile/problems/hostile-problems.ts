import { objectionProblems, refusedProblems, toldProblems } from './content-problems.ts'
import { asideProblems } from './context-problems.ts'
import { hostileLimits, type HostileLimits } from './limits.ts'
import type { HostileReport } from '../play/report.ts'
import { costProblems, returnProblems, untroubledProblems } from './return-problems.ts'
import { repeatProblems, traceProblems } from './tool-problems.ts'

/**
 * What a conversation did wrong in a program, one sentence each; empty if it recovered as it should. `limits` replaces
 * single limits: see {@link HostileLimits}.
 */
export const hostileProblems = (report: HostileReport, limits: Partial<HostileLimits> = {}): readonly string[] => {
  const all = { ...hostileLimits, ...limits }
  return [
    ...objectionProblems(report),
    ...refusedProblems(report),
    ...untroubledProblems(report),
    ...returnProblems(report, all),
    ...costProblems(report, all),
    ...asideProblems(report, all),
    ...repeatProblems(report),
    ...traceProblems(report),
    ...toldProblems(report),
  ]
}
