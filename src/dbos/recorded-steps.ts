// A workflow that is taken up begins at its first line again. Its journal says what it has done; here the steps that it has recorded are
// counted off, because the engine gives each step the number of those before it.
import { DBOS } from '@dbos-inc/dbos-sdk'
import { getExecutor } from '@dbos-inc/dbos-sdk/internal/dbos'

/** The name of a step that was under way when its process ended. */
const lostName = 'under way when its process ended'

/**
 * Counts off what a workflow has recorded. Called within the workflow, before its first step.
 */
export async function countOffSteps(workflowId: string): Promise<void> {
  const steps = (await getExecutor().listWorkflowSteps(workflowId, false)) ?? []
  const names = new Map(steps.map(({ functionID, name }) => [functionID, name]))
  const last = Math.max(-1, ...names.keys())
  for (let number = 0; number <= last; number++)
    await DBOS.runStep(async () => null, { name: names.get(number) ?? lostName })
}
