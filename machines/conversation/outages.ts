/**
 * The model to go to when this one can't be reached: the next in the list, which begins with the app's own. A model that
 * is not in it stands where the app's own does. None after the last.
 */
export const nextOutageModel = (model: string, models: readonly string[]): string | undefined =>
  models[Math.max(models.indexOf(model), 0) + 1]
