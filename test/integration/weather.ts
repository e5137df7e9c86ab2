import { z } from 'zod'
import { tool } from '../../src/index.ts'

/** A tool that records the cities that it ran for. */
export function weatherTool(report: (city: string, signal: AbortSignal) => unknown = (city) => `${city}: sunny`) {
  const cities: string[] = []
  const weather = tool({
    name: 'weather',
    description: 'Tells the weather of a city.',
    input: z.object({ city: z.string() }),
    run: ({ city }, { signal }) => {
      cities.push(city)
      return report(city, signal)
    },
  })
  return { weather, cities }
}

export const webSearch = { type: 'web_search_20250305', name: 'web_search' } as const

export const codeExecution = { type: 'code_execution_20250825', name: 'code_execution' } as const
